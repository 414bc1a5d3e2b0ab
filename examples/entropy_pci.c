/* SPDX-License-Identifier: MIT */
/* Random bytes from the first entropy device behind a PCI host bridge. */
#include <levitate.h>

/*
 * host: filled in by you; how configuration space is reached and, where no
 * firmware placed the BARs, the windows for them. Returns 0, or why not.
 */
int seed_from_pci(struct lev_pci_host *host, void *seed, size_t len);

static struct lev_pci pci;
static struct lev_rng rng;

struct search {
	const struct lev_pci_host *host;
	bool found;
};

/* Called for each function that may be a VirtIO device. */
static void on_function(void *ctx, const struct lev_pci_function *function)
{
	struct search *search = ctx;

	if (!search->found &&
	    lev_pci_probe(&pci, search->host, function->addr) == 0 &&
	    pci.transport.device_id == LEV_ID_RNG)
		search->found = true;
}

int seed_from_pci(struct lev_pci_host *host, void *seed, size_t len)
{
	struct search search = { host, false };
	int err, end;

	err = lev_pci_scan(host, on_function, &search);
	if (err < 0)
		return err;
	if (!search.found)
		return LEV_ERR_NODEV;
	err = lev_rng_init(&rng, &pci.transport);
	if (err)
		return err;
	err = lev_rng_read(&rng, seed, len,
			   lev_device_deadline(&rng.dev, 1000000000));
	end = lev_rng_fini(&rng);
	return err ? err : end;
}
