/* SPDX-License-Identifier: MIT */
/* A device that is up, and requests that know what their answer is. */
#include "scenario.h"

uint32_t env_random(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

uint64_t env_deadline(const struct env *env)
{
	return lev_device_deadline(&env->dev, PATIENCE);
}

unsigned env_least(const struct env *env)
{
	return env->peer->flag == CELL_GPU ? 2 : 1;
}

/* --- lending --- */

static void loan_room(struct loan *loan, uint32_t len)
{
	loan->len = len;
	loan->count = 0;
	loan->room = malloc(GUARD + (size_t)len + GUARD);
	assert_non_null(loan->room);
	memset(loan->room, GUARD_BYTE, GUARD + (size_t)len + GUARD);
	loan->bytes = loan->room + GUARD;
}

static void loan_make(struct env *env, struct loan *loan, unsigned flags)
{
	int count;

	if (!loan->len)
		return;
	count = lev_device_map(&env->dev, loan->bytes, loan->len, flags,
			       loan->pieces, PIECES);
	ENV_CHECK(env, count > 0);
	loan->count = (unsigned)count;
}

static void loan_end(struct env *env, struct loan *loan, unsigned flags)
{
	if (loan->count)
		lev_device_unmap(&env->dev, loan->bytes, loan->len, flags,
				 loan->pieces, loan->count);
	loan->count = 0;
	for (unsigned i = 0; i < GUARD; i++) {
		ENV_EQ(env, loan->room[i], GUARD_BYTE);
		ENV_EQ(env, loan->bytes[loan->len + i], GUARD_BYTE);
	}
}

/* So many segments of what is lent, or one for each piece if those are more. */
static unsigned loan_cut(const struct loan *loan, struct lev_seg *segs,
			 unsigned want)
{
	const uint32_t each = want ? loan->len / want : 0;
	unsigned n = 0;

	for (unsigned i = 0; i < loan->count; i++) {
		struct lev_seg rest = loan->pieces[i];

		while (n + loan->count - i < want && rest.len > each) {
			segs[n].addr = rest.addr;
			segs[n++].len = each;
			rest.addr += each;
			rest.len -= each;
		}
		segs[n++] = rest;
	}
	return n;
}

/* --- jobs --- */

static void job_done(struct lev_request *req)
{
	job_back((struct job *)(void *)req);
}

static uint32_t at_least(uint32_t len, unsigned segs)
{
	return len > segs ? len : segs;
}

struct job *job_new(struct env *env, unsigned segs)
{
	struct job *job = env->free;
	unsigned readable, writable;

	ENV_CHECK(env, job);
	env->free = job->next;
	env->peer->divide(segs, &readable, &writable);
	job->env = env;
	job->tag = ++env->tag;
	loan_room(&job->out,
		  readable ? at_least(env->peer->out_len, readable) : 0);
	loan_room(&job->in,
		  writable ? at_least(env->peer->in_len, writable) : 0);
	job->segs = calloc(segs + 2 * PIECES, sizeof(*job->segs));
	assert_non_null(job->segs);
	env->peer->fill(job);
	loan_make(env, &job->out, LEV_DMA_TO_DEVICE);
	loan_make(env, &job->in, LEV_DMA_FROM_DEVICE);
	readable = loan_cut(&job->out, job->segs, readable);
	writable = loan_cut(&job->in, job->segs + readable, writable);
	job->req = (struct lev_request){
		.done = job_done,
		.segs = job->segs,
		.readable = (uint16_t)readable,
		.writable = (uint16_t)writable,
	};
	return job;
}

static void job_unlend(struct job *job)
{
	loan_end(job->env, &job->out, LEV_DMA_TO_DEVICE);
	loan_end(job->env, &job->in, LEV_DMA_FROM_DEVICE);
}

static void job_free(struct job *job)
{
	free(job->out.room);
	free(job->in.room);
	free(job->segs);
	job->next = job->env->free;
	job->env->free = job;
}

void job_drop(struct job *job)
{
	job_unlend(job);
	job_free(job);
}

static bool has_table(const struct env *env, unsigned segs)
{
	return cell_has(env->cell, CELL_INDIRECT) && segs > 1 &&
	       segs <= env->lines[0].cfg.indirect_len;
}

/*
 * QEMU 10.0 does not find a buffer again if, in order, it has all descriptors
 * of a packed ring. There the ring has an entry more that is never used.
 */
static unsigned spare(const struct env *env)
{
	return cell_has(env->cell, CELL_QEMU | CELL_PACKED | CELL_IN_ORDER);
}

/* What a ring without the spare entry would say. */
static int without_spare(const struct job *job, const struct line *line)
{
	const unsigned segs = job->req.readable + job->req.writable;
	const int need = has_table(job->env, segs) ? 1 : (int)segs;

	if (segs > job->env->size)
		return LEV_ERR_RANGE;
	return line->queue.free_count > need ? 0 : LEV_ERR_AGAIN;
}

int job_add(struct job *job, struct line *line)
{
	int err = spare(job->env) ? without_spare(job, line) : 0;

	if (!err)
		err = lev_queue_add(&line->queue, &job->req);
	if (err) {
		job_drop(job);
		return err;
	}
	job->line = line;
	job->pending = true;
	line->lent++;
	return 0;
}

struct job *job_send(struct env *env, struct line *line, unsigned segs)
{
	struct job *job = job_new(env, segs);

	ENV_EQ(env, job_add(job, line), 0);
	return job;
}

void job_back(struct job *job)
{
	struct env *env = job->env;

	ENV_CHECK(env, job->pending);
	ENV_CHECK(env, !lev_request_pending(&job->req));
	job->pending = false;
	job->line->back++;
	job_unlend(job);
	if (job->req.err) {
		ENV_EQ(env, job->req.err, LEV_ERR_CANCELED);
		ENV_CHECK(env, env->canceling);
		env->canceled++;
	} else {
		env->peer->check(job);
	}
	job_free(job);
}

/* --- queues --- */

void line_kick(struct env *env, struct line *line)
{
	const int rung = lev_queue_kick(&line->queue);

	ENV_CHECK(env, rung == 0 || rung == 1);
}

void env_turn(struct env *env, uint64_t deadline)
{
	ENV_CHECK(env, lev_device_poll(&env->dev) >= 0);
	ENV_CHECK(env, env->hal->ops->now(env->hal->ctx) < deadline);
}

void line_await(struct env *env, struct line *line)
{
	const uint64_t deadline = env_deadline(env);

	while (line->back < line->lent) {
		ENV_CHECK(env, lev_queue_poll(&line->queue, UINT32_MAX) >= 0);
		env_turn(env, deadline);
	}
	ENV_EQ(env, lev_queue_in_flight(&line->queue), 0);
	ENV_EQ(env, lev_queue_poll(&line->queue, UINT32_MAX), 0);
}

/* Who has MSI-X knows the vector, and needs no register. */
unsigned env_handle(struct env *env)
{
	const unsigned before = env->handled;

	if (!cell_has(env->cell, CELL_MSIX))
		return lev_device_isr(&env->dev);
	env->handled = place_here.irqs(env);
	return env->handled != before ? LEV_INTERRUPT_USED : 0;
}

unsigned line_room(const struct env *env, unsigned segs)
{
	return has_table(env, segs) ? env->size : env->size / segs;
}

/* --- a device --- */

static void check_features(struct env *env)
{
	const uint64_t mask = cell_features(env->cell);

	for (unsigned i = LEV_F_INDIRECT_DESC; i <= LEV_F_RING_RESET; i++)
		ENV_EQ(env, lev_device_has(&env->dev, i), mask >> i & 1);
}

static void lines_init(struct env *env)
{
	for (unsigned i = 0; i < env->peer->queues; i++) {
		struct line *line = &env->lines[i];

		ENV_EQ(env, lev_queue_init(&line->queue, &env->dev, &line->cfg),
		       0);
		ENV_EQ(env, lev_queue_size(&line->queue), line->cfg.size);
	}
}

void env_start(struct env *env, unsigned size)
{
	if (size)
		env->size = size;
	for (unsigned i = 0; i < env->peer->queues; i++) {
		const uint16_t count = (uint16_t)(env->size + spare(env));

		env->lines[i].cfg.size = count;
		env->lines[i].cfg.size_min = count;
	}
	ENV_EQ(env, lev_device_begin(&env->dev, env_deadline(env)), 0);
	check_features(env);
	lines_init(env);
	ENV_EQ(env, lev_device_ready(&env->dev), 0);
}

unsigned env_reset(struct env *env)
{
	env->canceling = true;
	env->canceled = 0;
	ENV_EQ(env, lev_device_reset(&env->dev), 0);
	env->canceling = false;
	for (unsigned i = 0; i < env->peer->queues; i++)
		ENV_EQ(env, env->lines[i].back, env->lines[i].lent);
	place_here.forget(env);
	return env->canceled;
}

static void jobs_make(struct env *env)
{
	env->job_count = (env->size + 1) * QUEUES;
	env->jobs = calloc(env->job_count, sizeof(*env->jobs));
	assert_non_null(env->jobs);
	for (unsigned i = 0; i < env->job_count; i++) {
		env->jobs[i].next = env->free;
		env->free = &env->jobs[i];
	}
}

static void lines_make(struct env *env)
{
	const unsigned count = env->size + spare(env);

	for (unsigned i = 0; i < env->peer->queues; i++) {
		struct line *line = &env->lines[i];

		line->slots = malloc(count * sizeof(*line->slots));
		assert_non_null(line->slots);
		/* Nobody promised zeroed slots. */
		memset(line->slots, 0xa5, count * sizeof(*line->slots));
		line->cfg.idx = (uint16_t)i;
		line->cfg.slots = line->slots;
		line->cfg.indirect_len = INDIRECT_LEN;
		line->cfg.strict = true;
	}
}

static void interrupts_choose(struct env *env)
{
	static const uint16_t queues[QUEUES] = { 0, 1 };
	const uint16_t count = (uint16_t)env->peer->queues;

	if (!cell_has(env->cell, CELL_MSIX)) {
		ENV_EQ(env, lev_pci_intx(&env->pci), 0);
		return;
	}
	env->vectors = (struct lev_pci_vectors){
		.messages = env->messages,
		.count = count + 1,
		.config = count,
		.queues = queues,
		.queue_count = count,
	};
	ENV_EQ(env, lev_pci_msix(&env->pci, &env->vectors), 0);
}

static struct lev_transport *env_probe(struct env *env)
{
	if (!cell_has(env->cell, CELL_PCI)) {
		ENV_EQ(env, lev_mmio_probe(&env->mmio, env->hal, env->cookie),
		       0);
		return &env->mmio.transport;
	}
	ENV_EQ(env, lev_pci_probe(&env->pci, env->host, env->function), 0);
	interrupts_choose(env);
	return &env->pci.transport;
}

void env_open(struct env *env, const struct cell *cell, unsigned size,
	      uint32_t map_piece)
{
	struct lev_transport *transport;

	memset(env, 0, sizeof(*env));
	env->cell = cell;
	env->peer = peer_of(cell);
	env->size = size;
	env->map_piece = map_piece;
	snprintf(env->name, sizeof(env->name), "%s, size %u", cell->name, size);
	place_here.open(env);
	jobs_make(env);
	lines_make(env);
	transport = env_probe(env);
	ENV_EQ(env, transport->legacy, !cell_has(cell, CELL_MODERN));
	ENV_EQ(env, lev_device_claim(&env->dev, transport, env->peer->driver),
	       0);
	env_start(env, 0);
}

void env_close(struct env *env)
{
	unsigned free_jobs = 0;

	ENV_EQ(env, env_reset(env), 0);
	for (unsigned i = 0; i < env->peer->queues; i++) {
		lev_queue_fini(&env->lines[i].queue);
		free(env->lines[i].slots);
	}
	lev_device_release(&env->dev);
	for (struct job *job = env->free; job; job = job->next)
		free_jobs++;
	ENV_EQ(env, free_jobs, env->job_count);
	free(env->jobs);
	place_here.close(env);
}
