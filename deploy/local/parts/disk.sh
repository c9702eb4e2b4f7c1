# shellcheck shell=bash
# A small disk of the database's own, which a test can fill: POSTGRES_DISK=2G asks for it. It is a file system in memory, and
# only root may mount one; without it the instance has no such disk, and what would fill it says so.

DISK_LEFT=8388608   # bytes that the large piece of the ballast leaves to the small one, which takes what there is

disk_ballast() { echo "$RUN_DIR/postgres/ballast"; }

disk_mounted() { mountpoint -q "$RUN_DIR/postgres" 2>/dev/null; }

disk_mount() {
    if [[ -z ${POSTGRES_DISK:-} ]] || ! is_root || disk_mounted; then return; fi
    mkdir -p "$RUN_DIR/postgres"
    mount -t tmpfs -o "size=$POSTGRES_DISK,mode=700" event-segmentation "$RUN_DIR/postgres" 2>/dev/null ||
        say 'no file system can be mounted here: the database shares the disk of the rest'
}

disk_fill() {
    local free
    disk_mounted || fail "the database of $RUN_DIR has no disk of its own; POSTGRES_DISK=2G servers.sh up makes one, as root"
    free=$(df --output=avail -B1 "$RUN_DIR/postgres" | tail -n 1)
    ((free <= DISK_LEFT)) || fallocate -l "$((free - DISK_LEFT))" "$(disk_ballast)"
    head -c "$((2 * DISK_LEFT))" /dev/zero >"$(disk_ballast).rest" 2>/dev/null || true # until there is no room
}

disk_free() { rm -f "$(disk_ballast)" "$(disk_ballast).rest"; }

disk_remove() {
    if disk_mounted; then umount "$RUN_DIR/postgres"; fi
}
