/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: who is called for which number. One CPU, one priority, so that
 * handlers never nest. The controller is the one that the tree names; what it
 * is like, gic.h hides.
 */
#include "gic.h"

#include "../../fdt_pci.h"
#include "../../panic.h"
#include "cpu.h"

/*
 * Room for 32 devices with three interrupts each, for their MMIO brothers, and
 * for the machine's own. An index is a byte.
 */
enum {
	HANDLERS = 160,
	SLOTS = GIC_WIRED + GIC_LPIS,
	EDGE = 3, /* bits of the trigger in the device tree: an edge */
};

static const struct gic_controller *const controllers[] = { &gicv2, &gicv3 };
static const struct gic_controller *controller;
static uint32_t node;  /* the controller's, as a place in the tree */
static unsigned lines; /* wired numbers that exist */

/* Several may share a number: each names the next one. Index 0 is nobody. */
static struct {
	arch_irq_fn fn;
	void *ctx;
	uint8_t next;
} handlers[HANDLERS + 1];
static uint8_t handler_count;
static uint8_t first_handlers[SLOTS];
static bool handled;

LEV_STATIC_ASSERT(HANDLERS <= UINT8_MAX, "an index is a byte");

static bool find_controller(const struct fdt *fdt, struct fdt_cursor *at)
{
	size_t count = sizeof(controllers) / sizeof(controllers[0]);

	for (size_t i = 0; i < count; i++) {
		const char *const *name = controllers[i]->names;

		for (; *name != NULL; name++) {
			controller = controllers[i];
			if (fdt_find_compatible(fdt, *name, at))
				return true;
		}
	}
	return false;
}

void gic_init(const struct fdt *fdt)
{
	struct fdt_cursor at;

	if (!find_controller(fdt, &at))
		panic("the device tree has no GICv2 or GICv3");
	node = at.levels[at.depth].off;
	lines = controller->init(&at);
}

/* --- attaching --- */

/* A number's place in first_handlers, or SLOTS if it is none of ours. */
static uint32_t slot_of(uint32_t n)
{
	if (n < GIC_WIRED)
		return n;
	if (n >= GIC_FIRST_LPI && n - GIC_FIRST_LPI < GIC_LPIS)
		return GIC_WIRED + (n - GIC_FIRST_LPI);
	return SLOTS;
}

/* There is room for one more. LPIs are on already. */
static void add_handler(uint32_t n, bool edge, arch_irq_fn fn, void *ctx)
{
	uint64_t saved = arch_irq_save();
	uint8_t *first = &first_handlers[slot_of(n)];
	bool shared = *first != 0;

	handler_count++;
	handlers[handler_count].fn = fn;
	handlers[handler_count].ctx = ctx;
	handlers[handler_count].next = *first;
	*first = handler_count;
	arch_irq_restore(saved);
	if (n < GIC_WIRED && !shared)
		controller->enable(n, edge);
}

/* cells: kind (0 shared, 1 private), number, trigger. */
static int attach(const uint32_t *cells, int count, arch_irq_fn fn, void *ctx)
{
	uint32_t n;

	if (count < 3 || cells[0] > 1 || cells[1] >= GIC_WIRED)
		return LEV_ERR_RANGE;
	n = cells[1] + (cells[0] == 0 ? GIC_FIRST_SHARED : GIC_FIRST_PRIVATE);
	if (n >= lines || (cells[0] == 1 && n >= GIC_FIRST_SHARED))
		return LEV_ERR_RANGE;
	if (handler_count == HANDLERS)
		return LEV_ERR_BUSY;
	add_handler(n, (cells[2] & EDGE) != 0, fn, ctx);
	return 0;
}

int arch_irq_attach(const struct fdt_cursor *at, unsigned idx, arch_irq_fn fn,
		    void *ctx)
{
	uint32_t cells[FDT_IRQ_CELLS];
	int count = fdt_interrupt(at, idx, cells);

	if (count < 0)
		return count;
	return attach(cells, count, fn, ctx);
}

int arch_pci_irq_attach(const struct fdt_cursor *host, uint32_t requester,
			unsigned pin, arch_irq_fn fn, void *ctx)
{
	uint32_t cells[FDT_IRQ_CELLS];
	struct fdt_cursor parent;
	int count = fdt_pci_interrupt(host, requester, pin, &parent, cells);

	if (count < 0)
		return count;
	if (parent.levels[parent.depth].off != node)
		return LEV_ERR_NODEV;
	return attach(cells, count, fn, ctx);
}

int arch_msi_attach(const struct fdt_cursor *host, uint32_t requester,
		    arch_irq_fn fn, void *ctx, struct arch_message *message)
{
	struct arch_message sent;
	struct fdt_cursor at;
	uint32_t device, n;
	int err = fdt_pci_messages(host, requester, &at, &device);

	if (err != 0)
		return err;
	if (handler_count == HANDLERS)
		return LEV_ERR_BUSY;
	if (fdt_is_compatible(&at, "arm,gic-v2m-frame"))
		err = gicv2m_message(&at, lines, &n, &sent);
	else if (fdt_is_compatible(&at, "arm,gic-v3-its"))
		err = its_message(&at, device, &n, &sent);
	else
		err = LEV_ERR_NODEV;
	if (err != 0)
		return err;
	add_handler(n, true, fn, ctx);
	*message = sent;
	return 0;
}

/* --- when one comes --- */

void gic_dispatch(void)
{
	uint32_t taken = controller->take();
	uint32_t n = taken & controller->number;
	uint32_t slot = slot_of(n);

	if (n >= GIC_WIRED && n < GIC_NOTHING_END)
		return; /* it went away by itself */
	if (slot < SLOTS) {
		uint8_t i = first_handlers[slot];

		for (; i != 0; i = handlers[i].next)
			handlers[i].fn(handlers[i].ctx);
	}
	handled = true;
	/* The device must have let go of its line before the GIC looks. */
	cpu_dsb();
	controller->done(taken);
}

bool gic_handled(void)
{
	bool was = *(volatile bool *)&handled;

	handled = false;
	return was;
}

uint64_t arch_irq_save(void)
{
	uint64_t saved = cpu_read(daif);

	__asm__ volatile("msr daifset, #2" ::: "memory");
	return saved;
}

void arch_irq_restore(uint64_t saved)
{
	cpu_write(daif, saved);
}
