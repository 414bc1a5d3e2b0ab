/* SPDX-License-Identifier: MIT */
/* By what name a PCI function's messages reach the interrupt controller. */
#ifndef KERNEL_PCI_SENDER_H
#define KERNEL_PCI_SENDER_H

#include <levitate/pci.h>

/*
 * The requester as which a function's writes arrive at the root of its bus:
 * itself, unless there is conventional PCI in between, which carries no names.
 * Then it is whoever stands for that: the bridge, or, where PCI Express ends at
 * a bridge of its own, device 0 of the bus behind it. Reads the bridges'
 * numbers, so ask after the scan.
 */
uint16_t pci_sender(const struct lev_pci_host *host, uint16_t function);

#endif
