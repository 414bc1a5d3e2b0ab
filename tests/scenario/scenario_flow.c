/* SPDX-License-Identifier: MIT */
/* Requests go out and come back, in all shapes, until the ring is full. */
#include "scenario.h"

static void await_one(struct env *env, struct line *line, struct job *job)
{
	line_kick(env, line);
	ENV_EQ(env, lev_queue_wait(&line->queue, &job->req, env_deadline(env)),
	       0);
	ENV_EQ(env, line->back, line->lent);
}

static void one_request(struct env *env)
{
	struct line *line = &env->lines[0];

	await_one(env, line, job_send(env, line, env_least(env)));
}

/* To the last entry, and one more: there is no room. */
static void fill_up(struct env *env, struct line *line, unsigned segs)
{
	unsigned count = 0;
	int err;

	while ((err = job_add(job_new(env, segs), line)) == 0)
		count++;
	ENV_EQ(env, err, LEV_ERR_AGAIN);
	ENV_EQ(env, count, line_room(env, segs));
	ENV_EQ(env, lev_queue_in_flight(&line->queue), count);
}

/* The ring's end is met at every place of a request. */
static void full_and_drained(struct env *env)
{
	const unsigned least = env_least(env), laps = env->size > 64 ? 2 : 5;
	struct line *line = &env->lines[0];

	for (unsigned segs = least; segs < least + 3; segs++) {
		if (segs > env->size)
			continue;
		for (unsigned lap = 0; lap < laps; lap++) {
			fill_up(env, line, segs);
			line_kick(env, line);
			line_await(env, line);
			await_one(env, line, job_send(env, line, least));
		}
	}
}

/* Random numbers of requests go, and not all come back before more go. */
static void over_the_end(struct env *env)
{
	const unsigned rounds = 120 + env->size;
	struct line *line = &env->lines[0];

	for (unsigned round = 0; round < rounds; round++) {
		const unsigned most = env->size < 4 ? env->size : 4;
		unsigned segs = 1 + env_random() % most;
		unsigned batch = 1 + env_random() % most;

		if (segs < env_least(env))
			segs = env_least(env);
		while (batch--) {
			int err = job_add(job_new(env, segs), line);

			ENV_CHECK(env, err == 0 || err == LEV_ERR_AGAIN);
		}
		line_kick(env, line);
		env_turn(env, env_deadline(env));
		ENV_CHECK(env,
			  lev_queue_poll(&line->queue, env_random() % 3) >= 0);
		if (line_room(env, 4) < lev_queue_in_flight(&line->queue))
			line_await(env, line);
	}
	line_await(env, line);
	ENV_CHECK(env, line->back > env->size);
}

/* One kick shows them all. */
static void batches(struct env *env)
{
	const unsigned segs = env_least(env);
	const unsigned room = line_room(env, segs);
	struct line *line = &env->lines[0];
	unsigned kicks = 0;

	for (unsigned count = 1; count <= room; count += 1 + count / 8) {
		for (unsigned i = 0; i < count; i++)
			job_send(env, line, segs);
		line_kick(env, line);
		kicks++;
		line_await(env, line);
	}
	ENV_CHECK(env, line->queue.doorbells <= kicks);
}

/* In a table, in the ring, and one that never fits. */
static void chains_of_all_lengths(struct env *env)
{
	const unsigned size = env->size;
	struct line *line = &env->lines[0];

	for (unsigned segs = env_least(env); segs <= size; segs++) {
		if (segs > 40 && segs < size - 2)
			continue;
		for (unsigned i = 0; i < 3; i++)
			await_one(env, line, job_send(env, line, segs));
	}
	ENV_EQ(env, job_add(job_new(env, size + 1), line), LEV_ERR_RANGE);
	await_one(env, line, job_send(env, line, env_least(env)));
}

/* Short and long ones beside each other, in and out of tables. */
static void mixed_lengths(struct env *env)
{
	const unsigned least = env_least(env);
	const unsigned most = env->size < 24 ? env->size : 24;
	struct line *line = &env->lines[0];

	for (unsigned round = 0; round < 40; round++) {
		for (unsigned i = 0; i < 6; i++) {
			const unsigned segs =
				least + env_random() % (most - least + 1);
			int err = job_add(job_new(env, segs), line);

			ENV_CHECK(env, err == 0 || err == LEV_ERR_AGAIN);
		}
		line_kick(env, line);
		line_await(env, line);
	}
}

static unsigned pieces(const struct env *env, uint32_t len)
{
	return (len + env->map_piece - 1) / env->map_piece;
}

/* The port has no memory in one piece: each one is a segment. */
static void mapped_in_pieces(struct env *env)
{
	struct line *line = &env->lines[0];

	for (unsigned i = 0; i < 20; i++) {
		struct job *job = job_new(env, env_least(env));
		const unsigned segs = job->req.readable + job->req.writable;

		ENV_CHECK(env, segs >= pieces(env, job->out.len) +
					       pieces(env, job->in.len));
		if (segs <= env->size) {
			ENV_EQ(env, job_add(job, line), 0);
			await_one(env, line, job);
		} else {
			ENV_EQ(env, job_add(job, line), LEV_ERR_RANGE);
		}
	}
}

const struct scenario scenarios_flow[] = {
	{ "one request", one_request, 0 },
	{ "full and drained", full_and_drained, 0 },
	{ "over the end", over_the_end, 0 },
	{ "batches", batches, 0 },
	{ "chains of all lengths", chains_of_all_lengths, 0 },
	{ "mixed lengths", mixed_lengths, 0 },
	{ "mapped in pieces", mapped_in_pieces, 12 },
	{ NULL, NULL, 0 },
};
