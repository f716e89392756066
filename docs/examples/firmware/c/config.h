/* SPDX-License-Identifier: Apache-2.0 */
/* What the example takes of a chip's memory, and how it behaves in time. All memory is fixed: there is no heap. */
#ifndef TURNKEY_CONFIG_H
#define TURNKEY_CONFIG_H

#define TURNKEY_ROOT "devices" /* first part of the topics */
#define TURNKEY_PRESS "{\"register_button\":true}" /* the recipe's register attribute */

#define TURNKEY_DATA_BYTES 96    /* a report's data, as JSON text with its zero */
#define TURNKEY_KEPT_REPORTS 24  /* reports that wait for their acknowledgement */
#define TURNKEY_IN_FLIGHT 8      /* of these, sent and not yet acknowledged; at most 20 are recognised when sent again */
#define TURNKEY_PACKET_BYTES 256 /* the largest packet that is sent, and what is read of one that comes */

#define TURNKEY_KEEP_ALIVE_S 60
#define TURNKEY_QUIET_MS 45000u  /* without a packet for so long it pings */
#define TURNKEY_ANSWER_MS 15000u /* for CONNACK, SUBACK, PUBACK, PINGRESP; then the connection counts as broken */
#define TURNKEY_SETTLED_MS 60000u /* a connection that lasted so long was good: pauses begin anew after it */
#define TURNKEY_PRESS_MS 60000u  /* a press is of now: one that could not be told for so long is thrown away */

#endif
