/* SPDX-License-Identifier: MIT */
/*
 * All of Levitate's public interface, but for the standard's layouts
 * (levitate/wire/).
 */
#ifndef LEVITATE_H
#define LEVITATE_H

#include <levitate/base.h>
#include <levitate/device.h>
#include <levitate/gpu.h>
#include <levitate/hal.h>
#include <levitate/input.h>
#include <levitate/mmio.h>
#include <levitate/pci.h>
#include <levitate/queue.h>
#include <levitate/rng.h>
#include <levitate/term.h>
#include <levitate/transport.h>

#endif
