// SPDX-License-Identifier: Apache-2.0
// Drawings that only the administration needs.
export const kIcons = {
  ask: 'M4 5h16v11H10l-5 4v-4H4zM9.500 9a2.500 2.500 0 1 1 3.500 2.300c-.700.300-1 .700-1 1.200M12 14.500h.01',
  back: 'M15 5l-7 7 7 7',
  box: 'M3.500 8 12 3.500 20.500 8v8L12 20.500 3.500 16zM3.500 8 12 12.500 20.500 8M12 12.500v8',
  download: 'M12 4v11m0 0-4.500-4.500M12 15l4.500-4.500M4 20h16',
  edit: 'M4 20h4L19.500 8.500l-4-4L4 16zM13.500 6.500l4 4',
  groups: 'M9 4h6v5H9zM3 15h6v5H3zM15 15h6v5h-6zM12 9v3M6 15v-3h12v3',
  label: 'M3 5h18v14H3zM6 8h5v5H6zM14 9h4M14 13h4M6 16h12',
  ledger: 'M5 4h14v16H5zM9 4v16M12 9h4M12 13h4',
  link: 'M10 14a4 4 0 0 0 6 .500l3-3a4 4 0 0 0-5.700-5.700L12 7M14 10a4 4 0 0 0-6-.500l-3 3a4 4 0 0 0 5.700 5.700L12 17',
  mail: 'M3 6h18v12H3zM3 7l9 7 9-7',
  move: 'M5 12h14m0 0-5-5m5 5-5 5',
  pass: 'M4 5h16v14H4zM9 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6 16.500a3 3 0 0 1 6 0M15 9h2M15 13h2',
  plus: 'M12 5v14M5 12h14',
  recipe: 'M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7',
  swap: 'M4 8h13m0 0-3.500-3.500M17 8l-3.500 3.500M20 16H7m0 0 3.500-3.500M7 16l3.500 3.500',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  undo: 'M8 5 3.500 9.500 8 14M4 9.500h10a5.500 5.500 0 0 1 0 11h-4',
  upload: 'M12 16V5m0 0L7.500 9.500M12 5l4.500 4.500M4 20h16',
} as const;
