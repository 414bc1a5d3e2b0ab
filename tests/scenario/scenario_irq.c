/* SPDX-License-Identifier: MIT */
/* How the driver learns that a request is back. */
#include "scenario.h"

enum { ROUNDS = 30 };

static void send_one(struct env *env)
{
	job_send(env, &env->lines[0], env_least(env));
	line_kick(env, &env->lines[0]);
}

/* A device that was told so is silent, but for the first request of all. */
static void polling_disarmed(struct env *env)
{
	struct line *line = &env->lines[0];

	send_one(env);
	line_await(env, line);
	(void)env_handle(env);
	lev_queue_disarm(&line->queue);
	for (unsigned i = 0; i < ROUNDS; i++) {
		const unsigned before = place_here.irqs(env);

		send_one(env);
		line_await(env, line);
		ENV_EQ(env, place_here.irqs(env), before);
	}
	ENV_EQ(env, env_handle(env), 0);
}

static void poll_with_a_budget(struct env *env)
{
	const unsigned room = line_room(env, env_least(env));
	struct line *line = &env->lines[0];
	const uint64_t deadline = env_deadline(env);

	for (unsigned i = 0; i < room; i++)
		job_send(env, line, env_least(env));
	line_kick(env, line);
	while (line->back < line->lent) {
		const unsigned before = line->back;
		const unsigned budget = env_random() % 4;
		const int got = lev_queue_poll(&line->queue, budget);

		ENV_CHECK(env, got >= 0 && (unsigned)got <= budget);
		ENV_EQ(env, line->back, before + (unsigned)got);
		env_turn(env, deadline);
	}
}

/* An interrupt comes for a request, and is over when that is seen. */
static void armed_and_asleep(struct env *env)
{
	struct line *line = &env->lines[0];

	for (unsigned i = 0; i < ROUNDS; i++) {
		ENV_CHECK(env, !lev_queue_arm(&line->queue));
		send_one(env);
		ENV_CHECK(env, place_here.sleep(env));
		ENV_EQ(env, env_handle(env), LEV_INTERRUPT_USED);
		/* What was used before it is there. */
		ENV_EQ(env, lev_queue_poll(&line->queue, 8), 1);
		ENV_EQ(env, env_handle(env), 0);
	}
}

/* As a driver does it: arm, look again, sleep. Nothing gets lost between. */
static void no_wakeup_is_lost(struct env *env)
{
	const unsigned room = line_room(env, env_least(env));
	struct line *line = &env->lines[0];

	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned n = 0; n < 1 + i % room; n++)
			job_send(env, line, env_least(env));
		line_kick(env, line);
		/* The device may be faster than the wish. */
		if (env_random() % 2)
			ENV_CHECK(env, lev_device_poll(&env->dev) >= 0);
		while (line->back < line->lent) {
			if (!lev_queue_arm(&line->queue))
				ENV_CHECK(env, place_here.sleep(env));
			(void)env_handle(env);
			ENV_CHECK(env, lev_queue_poll(&line->queue, 2) >= 0);
		}
		lev_queue_disarm(&line->queue);
	}
}

/* For any of those in flight, in any order. */
static void waiting_for_any(struct env *env)
{
	const unsigned room = line_room(env, env_least(env));
	struct line *line = &env->lines[0];

	for (unsigned i = 0; i < 2 + ROUNDS / room; i++) {
		const unsigned pick = env_random() % room;
		struct job *job = NULL;

		for (unsigned n = 0; n < room; n++) {
			struct job *sent = job_send(env, line, env_least(env));

			job = n == pick ? sent : job;
		}
		line_kick(env, line);
		ENV_EQ(env,
		       lev_queue_wait(&line->queue, &job->req,
				      env_deadline(env)),
		       0);
		ENV_CHECK(env, !job->pending);
		line_await(env, line);
	}
}

const struct scenario scenarios_irq[] = {
	{ "polling disarmed", polling_disarmed, 0 },
	{ "poll with a budget", poll_with_a_budget, 0 },
	{ "armed and asleep", armed_and_asleep, 0 },
	{ "no wakeup is lost", no_wakeup_is_lost, 0 },
	{ "waiting for any", waiting_for_any, 0 },
	{ NULL, NULL, 0 },
};
