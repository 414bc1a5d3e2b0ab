/* SPDX-License-Identifier: MIT */
/*
 * MSI-X is chosen, whatever the device says of its table: what is written lies
 * in it, and nothing else is.
 */
#include "../../src/transport/pci_msix.c"

#define LIVE 0
#define CAPS 0
#include "pci_world.h"

enum { VECTORS = 2 };

static struct lev_pci_vectors vectors;
static unsigned written;

static void table_write(void *ctx, uint64_t reg, unsigned width, uint32_t value)
{
	const uint64_t off = reg - world.reg;

	PROVE(ctx == &world && width == 4, "this port");
	PROVE(world.mapped && world.reg_len == 16u * pci.msix_size,
	      "the whole table was mapped");
	PROVE(off < 16u * vectors.count && off % 4 == 0 &&
		      off < world.reg_len && world.reg_len - off >= 4,
	      "an entry of it that is used");
	PROVE(world.control >> 14 == 3, "masked meanwhile");
	PROVE(off % 16 != 12 || value == 0, "each is open by itself");
	written++;
}

static const struct lev_hal_ops hal_ops = { .io_map = any_io_map,
					    .reg_write = table_write };
static const struct lev_hal hal = { &hal_ops, &world };

static bool vector_there(uint16_t vector)
{
	return vector == 0xffff || vector < pci.msix_size;
}

void pci_vectors(void)
{
	struct lev_pci_vectors any;
	int err;

	any_pci();
	bars_placed();
	pci.transport.owner = NULL;
	pci.transport.hal = &hal;
	ASSUME(!pci.msix_cap ||
	       (pci.msix_cap >= 0x40 && pci.msix_cap <= 256 - 12 &&
		pci.msix_cap % 4 == 0 && pci.msix_size &&
		pci.msix_size <= 2048));
	ASSUME(!pci.transport.legacy || pci.common.len >= 0x14);
	vectors = any;
	vectors.queues = malloc(vectors.queue_count * sizeof(*vectors.queues));
	ASSUME(vectors.queue_count <= VECTORS);
	/* One more than there are messages is one too many to look at. */
	vectors.messages = nondet_bool()
				   ? malloc(VECTORS * sizeof(*vectors.messages))
				   : NULL;
	ASSUME(!vectors.messages || vectors.count <= VECTORS);
	err = lev_pci_msix(&pci, &vectors);
	PROVE(err == 0 || err == LEV_ERR_NOTSUP || err == LEV_ERR_RANGE ||
		      err == LEV_ERR_STATE,
	      "a documented result");
	if (err)
		return;
	PROVE(pci.msix == &vectors && !pci.intx, "chosen");
	PROVE(vectors.count <= pci.msix_size && vector_there(vectors.config),
	      "vectors that the table has");
	for (unsigned i = 0; i < vectors.queue_count; i++)
		PROVE(vector_there(vectors.queues[i]), "queues' ones too");
	PROVE(vectors.messages ? written == 4u * vectors.count &&
					 world.control >> 14 == 2
			       : !written && !world.controlled,
	      "all of them are written and open, or the system did it");
	PROOF_SEEN(written == 4 * VECTORS, "messages");
	PROOF_SEEN(!vectors.messages && vectors.count == 2048, "a system's");
	PROOF_END();
}
