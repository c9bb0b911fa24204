// The names of the commands, in one place: `ipc.rs` registers them, `build.rs` (which includes this file) makes a
// permission of each, and a test in `ipc.rs` holds the three lists and capabilities/main.json to each other.
&[
    "start",
    "estimate",
    "enqueue",
    "cancel",
    "dismiss",
    "save_again",
    "images",
    "show_in_folder",
    "save_copy",
    "sign_in",
    "sign_out",
    "refresh_account",
    "save_draft",
]
