-- Operators list the devices in groups first, then the stock: what is in no group. Each is read in the order of its serials.
create index devices_in_groups on devices (serial) where group_id is not null;
create index devices_in_stock on devices (serial) where group_id is null;
