// SPDX-License-Identifier: Apache-2.0
// The installation's database as its administrator sees it: for what no program of the system does.
import { driver } from './driver.mjs';

/** Runs these statements in one transaction; resolves with what they print, throws what the database says. */
export const sql = (statements) => driver.sql(statements);
