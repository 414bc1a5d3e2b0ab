/* SPDX-License-Identifier: MIT */
/*
 * The PCI transport and what is above it up to a queue that is set up, on a
 * function that is the input's (pci.h). Checked besides: that probing touches
 * no register and leaves all BARs as they were; what each call returns; that
 * every call ends; that what was allocated comes back, and bus mastering is
 * off then.
 */
#include "pci.h"

enum { STEPS_MAX = 200 };

static const struct lev_driver driver = { .device_id = TYPE, .name = "fuzz" };

static bool probe(struct slot *s)
{
	const unsigned touched = s->touched;
	const int err = lev_pci_probe(&s->pci, &s->host, FUNCTION);
	const struct lev_transport *t = &s->pci.transport;

	FUZZ_CHECK(s->touched == touched);
	FUZZ_CHECK(s->shifty || !memcmp(s->bars_were, s->cfg + LEV_PCI_CFG_BAR,
					sizeof(s->bars_were)));
	if (err) {
		FUZZ_CHECK(err == LEV_ERR_NODEV || err == LEV_ERR_NOTSUP);
		FUZZ_CHECK(s->shifty || slot_cfg(s, LEV_PCI_CFG_COMMAND, 2) ==
						s->command_was);
		return false;
	}
	FUZZ_CHECK(t->version == (t->legacy ? 1 : 2) && t->ops && t->device_id);
	FUZZ_CHECK(!(slot_cfg(s, LEV_PCI_CFG_COMMAND, 2) &
		     LEV_PCI_COMMAND_MASTER));
	FUZZ_CHECK(slot_cfg(s, LEV_PCI_CFG_COMMAND, 2) &
		   LEV_PCI_COMMAND_NOINTX);
	FUZZ_CHECK(s->pci.common.len && s->pci.isr.len);
	return true;
}

/* Before anybody owns it: any kind of interrupt. */
static void choose_interrupts(struct slot *s)
{
	struct fuzz_input *in = &s->port.in;
	const unsigned how = fuzz_below(in, 4);
	int err;

	if (how < 2) {
		err = how ? lev_pci_intx(&s->pci) : lev_pci_poll_only(&s->pci);
		FUZZ_CHECK(err == 0 || (how && err == LEV_ERR_NOTSUP));
		return;
	}
	s->vectors.messages = how == 2 ? s->messages : NULL;
	s->vectors.count = (uint16_t)fuzz_below(in, VECTORS + 1);
	s->vectors.config = (uint16_t)slot_mostly(s, 0);
	s->vectors.queues = s->queue_vectors;
	s->vectors.queue_count = (uint16_t)fuzz_below(in, 3);
	s->queue_vectors[0] = (uint16_t)slot_mostly(s, 0);
	s->queue_vectors[1] = (uint16_t)slot_mostly(s, LEV_PCI_NO_VECTOR);
	err = lev_pci_msix(&s->pci, &s->vectors);
	FUZZ_CHECK(err == 0 || err == LEV_ERR_NOTSUP || err == LEV_ERR_RANGE ||
		   (how == 3 && err == LEV_ERR_STATE));
	FUZZ_CHECK((s->pci.msix != NULL) == (err == 0) ||
		   s->pci.msix == &s->vectors);
}

static void request_done(struct lev_request *req)
{
	struct slot *s = LEV_CONTAINER_OF(req, struct slot, req);

	FUZZ_CHECK(!s->back++);
	FUZZ_CHECK(!lev_request_pending(req));
}

static void do_begin(struct slot *s)
{
	const enum lev_device_state state = s->dev.state;
	const int err = lev_device_begin(
		&s->dev, lev_device_deadline(&s->dev, LEV_RESET_TIMEOUT));

	if (state != LEV_DEVICE_RESET) {
		FUZZ_CHECK(err == LEV_ERR_STATE);
		return;
	}
	FUZZ_CHECK(err == 0 || err == LEV_ERR_NOTSUP || err == LEV_ERR_PROTO ||
		   err == LEV_ERR_TIMEDOUT || err == LEV_ERR_NODEV ||
		   (err == LEV_ERR_NOMEM && s->pci.msix));
	FUZZ_CHECK(
		err || (s->gone && !s->honest) ||
		(slot_cfg(s, LEV_PCI_CFG_COMMAND, 2) & LEV_PCI_COMMAND_MASTER));
}

static void do_queue(struct slot *s)
{
	const struct lev_queue_config queue = {
		.idx = (uint16_t)fuzz_below(&s->port.in, 3),
		.size = (uint16_t)(1 + fuzz_below(&s->port.in, SLOTS)),
		.size_min = (uint16_t)fuzz_below(&s->port.in, 2),
		.slots = s->slots,
	};
	int err;

	s->port.alloc = (enum fuzz_alloc)fuzz_below(&s->port.in, FUZZ_ALLOCS);
	s->port.gave_bad = false;
	err = lev_queue_init(&s->queue, &s->dev, &queue);
	s->port.alloc = FUZZ_ALLOC_GOOD;
	FUZZ_CHECK(!s->port.gave_bad || err == LEV_ERR_NOMEM);
	FUZZ_CHECK(err || lev_queue_size(&s->queue) <= queue.size);
}

static void do_ready(struct slot *s)
{
	const int err = lev_device_ready(&s->dev);

	FUZZ_CHECK(err == 0 || err == LEV_ERR_STATE || err == LEV_ERR_IO ||
		   err == LEV_ERR_NODEV);
}

static void do_config(struct slot *s)
{
	const unsigned width = 1u << fuzz_below(&s->port.in, 3);
	const uint32_t off = width * fuzz_number(&s->port.in) % 8192;
	uint8_t dst[16 * 4] = { 0 };
	const int err = lev_device_config_read(
		&s->dev, off, dst, fuzz_below(&s->port.in, 17), width);

	FUZZ_CHECK(err == 0 || err == LEV_ERR_PROTO);
	lev_device_config_write(&s->dev, off, width, fuzz_u8(&s->port.in));
}

/* With MSI-X and a vector for that, no register tells the causes. */
static void do_interrupt(struct slot *s)
{
	const enum lev_device_state state = s->dev.state;
	const unsigned touched = s->touched;
	const unsigned causes = lev_device_isr(&s->dev);
	int err;

	FUZZ_CHECK(causes <= 3);
	FUZZ_CHECK(causes == 0 || state == LEV_DEVICE_LIVE);
	FUZZ_CHECK(s->touched - touched <= (s->pci.msix ? 0 : 1));
	FUZZ_CHECK(!s->pci.msix || state != LEV_DEVICE_LIVE || causes == 3);
	err = lev_device_poll(&s->dev);
	FUZZ_CHECK((err == LEV_ERR_STATE) == (state != LEV_DEVICE_LIVE));
	FUZZ_CHECK(err <= 1 && (err < 0 || !s->dev.error));
}

static void do_request(struct slot *s)
{
	int err;

	if (!s->queue.dev)
		return; /* it was never set up: not to be used (queue.h, 4) */
	s->seg = (struct lev_seg){ 0x1000, 16 };
	s->req.segs = &s->seg;
	s->req.readable = 1;
	s->req.done = request_done;
	if (!lev_request_pending(&s->req)) {
		s->back = 0;
		err = lev_queue_add(&s->queue, &s->req);
		FUZZ_CHECK(err == 0 || err == LEV_ERR_STATE);
	}
	err = lev_queue_kick(&s->queue);
	FUZZ_CHECK(err == 0 || err == 1 || err == LEV_ERR_STATE);
}

/* Whoever could be reset uses no memory, as far as the bus is concerned. */
static void check_reset(const struct slot *s, int err)
{
	if (err == LEV_ERR_STUCK) {
		FUZZ_CHECK(s->dev.state == LEV_DEVICE_STUCK);
		return;
	}
	FUZZ_CHECK(err == 0 || err == LEV_ERR_NODEV);
	FUZZ_CHECK(s->dev.state == LEV_DEVICE_RESET);
	FUZZ_CHECK(!lev_request_pending(&s->req));
}

static void do_reset(struct slot *s)
{
	check_reset(s, lev_device_reset(&s->dev));
}

static void do_queue_reset(struct slot *s)
{
	int err;

	if (!s->queue.dev)
		return;
	err = lev_queue_reset(&s->queue);
	if (err == 0)
		FUZZ_CHECK(!lev_queue_in_flight(&s->queue));
	else if (err != LEV_ERR_NOTSUP && err != LEV_ERR_STATE)
		check_reset(s, err == LEV_ERR_IO ? 0 : err);
}

static void do_break(struct slot *s)
{
	const uint8_t bits = fuzz_u8(&s->port.in);

	s->stuck = bits & 1;
	s->gone = bits & 2;
	s->was_gone |= s->gone;
	s->refuse = bits & 4;
}

static void do_shm(struct slot *s)
{
	struct lev_pci_shared shm = { 0 };
	const unsigned touched = s->touched;
	const uint8_t id = fuzz_u8(&s->port.in) & 1;
	const int err = lev_pci_shm(&s->pci, id, &shm);

	FUZZ_CHECK(s->touched == touched);
	FUZZ_CHECK(err == 0 || err == LEV_ERR_NODEV);
	if (err)
		return;
	FUZZ_CHECK(shm.id == id && shm.len && shm.addr);
	FUZZ_CHECK(s->shifty || slot_in_bar(s, false, shm.addr, shm.len));
}

/* It is claimed: nothing is touched. */
static void do_probe(struct slot *s)
{
	const unsigned asked = s->asked;

	FUZZ_CHECK(lev_pci_probe(&s->pci, &s->host, FUNCTION) == LEV_ERR_BUSY);
	FUZZ_CHECK(lev_pci_intx(&s->pci) == LEV_ERR_BUSY);
	FUZZ_CHECK(lev_pci_poll_only(&s->pci) == LEV_ERR_BUSY);
	FUZZ_CHECK(lev_pci_msix(&s->pci, &s->vectors) == LEV_ERR_BUSY);
	FUZZ_CHECK(s->asked == asked);
}

typedef void step(struct slot *s);

static step *const steps[] = {
	do_begin,  do_queue,	   do_ready, do_request, do_interrupt, do_reset,
	do_config, do_queue_reset, do_probe, do_break,	 do_shm,
};

static void slot_run(struct slot *s)
{
	if (!probe(s) || slot_ambiguous(s))
		return;
	choose_interrupts(s);
	if (lev_device_claim(&s->dev, &s->pci.transport, &driver))
		return;
	for (unsigned i = 0; i < STEPS_MAX && s->port.in.left; i++) {
		fuzz_call(&s->port);
		steps[fuzz_below(&s->port.in,
				 sizeof(steps) / sizeof(steps[0]))](s);
	}
	fuzz_call(&s->port);
	s->honest = true;
	FUZZ_CHECK(lev_device_reset(&s->dev) == 0);
	check_reset(s, 0);
	lev_queue_fini(&s->queue);
	lev_device_release(&s->dev);
	/* One that is gone is not told; ours may come back. */
	FUZZ_CHECK(s->was_gone || s->shifty ||
		   !(slot_cfg(s, LEV_PCI_CFG_COMMAND, 2) &
		     LEV_PCI_COMMAND_MASTER));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slot *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	slot_init(s, data, len);
	s->slots = malloc(SLOTS * sizeof(*s->slots));
	if (!s->slots)
		abort();
	slot_run(s);
	fuzz_port_end(&s->port);
	free(s->slots);
	free(s);
	return 0;
}
