/* SPDX-License-Identifier: MIT */
/* Requests that do not come back by themselves. */
#include "scenario.h"

static const uint64_t SHORT = 5000000; /* ns */

static void works(struct env *env)
{
	const unsigned room = line_room(env, env_least(env));

	for (unsigned i = 0; i < env->peer->queues; i++) {
		struct line *line = &env->lines[i];

		for (unsigned n = 0; n < room; n++)
			job_send(env, line, env_least(env));
		line_kick(env, line);
		line_await(env, line);
	}
}

/* Half of what there is room for, at least one, unanswered. */
static unsigned send_some(struct env *env, struct line *line)
{
	const unsigned count = 1 + line_room(env, env_least(env)) / 2;
	unsigned sent = 0;

	place_here.silence(env, true);
	while (sent < count && sent < line_room(env, env_least(env))) {
		job_send(env, line, env_least(env));
		sent++;
	}
	line_kick(env, line);
	return sent;
}

static void a_wait_times_out(struct env *env)
{
	struct line *line = &env->lines[0];
	struct job *job;

	works(env);
	place_here.silence(env, true);
	job = job_send(env, line, env_least(env));
	line_kick(env, line);
	ENV_EQ(env,
	       lev_queue_wait(&line->queue, &job->req,
			      lev_device_deadline(&env->dev, SHORT)),
	       LEV_ERR_TIMEDOUT);
	ENV_CHECK(env, job->pending);
	ENV_EQ(env, env_reset(env), 1);
	ENV_CHECK(env, !job->pending);
	place_here.silence(env, false);
	env_start(env, 0);
	works(env);
}

static void reset_with_requests_in_flight(struct env *env)
{
	for (unsigned i = 0; i < 3; i++) {
		unsigned sent;

		works(env);
		sent = send_some(env, &env->lines[0]);
		ENV_EQ(env, env_reset(env), sent);
		ENV_EQ(env,
		       lev_queue_add(&env->lines[0].queue,
				     &(struct lev_request){ .err = 0 }),
		       LEV_ERR_STATE);
		place_here.silence(env, false);
		env_start(env, 0);
	}
	works(env);
}

/* Used, and nobody has looked yet. */
static void reset_before_the_answer_is_seen(struct env *env)
{
	const unsigned room = line_room(env, env_least(env));
	struct line *line = &env->lines[0];

	for (unsigned taken = 0; taken < 3 && taken < room; taken++) {
		const unsigned back = line->back;

		ENV_CHECK(env, !lev_queue_arm(&line->queue));
		for (unsigned i = 0; i < room; i++)
			job_send(env, line, env_least(env));
		line_kick(env, line);
		ENV_CHECK(env, place_here.sleep(env));
		ENV_EQ(env, env_handle(env), LEV_INTERRUPT_USED);
		ENV_CHECK(env, lev_queue_poll(&line->queue, taken) >= 0);
		ENV_EQ(env, env_reset(env),
		       room - (line->back - back) + env->canceled);
		env_start(env, 0);
		works(env);
	}
}

/* Added and never shown to the device. */
static void reset_before_the_kick(struct env *env)
{
	works(env);
	job_send(env, &env->lines[0], env_least(env));
	ENV_EQ(env, env_reset(env), 1);
	env_start(env, 0);
	works(env);
}

/* The memory is kept, and used again for less. */
static void restart_with_a_smaller_queue(struct env *env)
{
	const unsigned size = env->size;

	while (env->size > 1 && env->size / 2 >= env_least(env)) {
		unsigned half = env->size / 2;

		while (!cell_has(env->cell, CELL_PACKED) && half & (half - 1))
			half &= half - 1;
		ENV_EQ(env, env_reset(env), 0);
		env_start(env, half);
		works(env);
	}
	ENV_EQ(env, env_reset(env), 0);
	env_start(env, size);
	works(env);
}

/* The other queue has answers while this one has none. */
static void queue_stops_alone(struct env *env)
{
	struct line *line = &env->lines[0];
	const unsigned sent = send_some(env, line);

	env->canceling = true;
	env->canceled = 0;
	ENV_EQ(env, lev_queue_reset(&line->queue), 0);
	env->canceling = false;
	ENV_EQ(env, env->canceled, sent);
	ENV_EQ(env, line->back, line->lent);
	ENV_EQ(env, env->dev.state, LEV_DEVICE_LIVE);
	place_here.silence(env, false);
	place_here.forget(env);
	if (env->peer->queues > 1) {
		job_send(env, &env->lines[1], env->size > 1 ? 2 : 1);
		line_kick(env, &env->lines[1]);
		line_await(env, &env->lines[1]);
	}
	ENV_EQ(env, lev_queue_init(&line->queue, &env->dev, &line->cfg), 0);
	works(env);
}

/* It is offered, and the register is not there: all stops. */
static void queue_stops_with_all(struct env *env)
{
	struct line *line = &env->lines[0];
	const unsigned sent = send_some(env, line);

	env->canceling = true;
	env->canceled = 0;
	ENV_EQ(env, lev_queue_reset(&line->queue), LEV_ERR_IO);
	env->canceling = false;
	ENV_EQ(env, env->canceled, sent);
	ENV_EQ(env, env->dev.state, LEV_DEVICE_RESET);
	place_here.silence(env, false);
	place_here.forget(env);
	env_start(env, 0);
	works(env);
}

static void reset_of_one_queue(struct env *env)
{
	works(env);
	if (!cell_has(env->cell, CELL_MODERN)) {
		ENV_EQ(env, lev_queue_reset(&env->lines[0].queue),
		       LEV_ERR_NOTSUP);
		works(env);
	} else if (cell_has(env->cell, place_here.ring_reset)) {
		for (unsigned i = 0; i < 3; i++)
			queue_stops_alone(env);
	} else {
		queue_stops_with_all(env);
	}
}

const struct scenario scenarios_end[] = {
	{ "a wait times out", a_wait_times_out, 0 },
	{ "reset with requests in flight", reset_with_requests_in_flight, 0 },
	{ "reset before the answer is seen", reset_before_the_answer_is_seen,
	  0 },
	{ "reset before the kick", reset_before_the_kick, 0 },
	{ "restart with a smaller queue", restart_with_a_smaller_queue, 0 },
	{ "reset of one queue", reset_of_one_queue, 0 },
	{ NULL, NULL, 0 },
};
