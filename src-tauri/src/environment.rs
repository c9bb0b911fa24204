//! What GTK, WebKit and the allocator read from the environment, chosen before anything else runs. What the person has
//! set stays.

/// Sets it. To be called first thing in `main`, before there is another thread.
pub fn choose() {
    #[cfg(target_os = "linux")]
    {
        // Without a GPU a frame takes six times as long with WebKitGTK's DMA-BUF renderer and half as much memory again.
        // `WEBKIT_DISABLE_DMABUF_RENDERER=0` keeps it on.
        set("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    give_back_memory();
}

/// Lets glibc's allocator give memory back. By itself it keeps a heap for each thread and, once a large block was freed,
/// as much again at the end of every heap: pictures make that some tens of MiB.
///
/// WebKit's processes read it from the environment, as do editors that are opened from here; this one has to be told, as it
/// has read the environment before `main`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_back_memory() {
    const HEAPS: i32 = 2;
    /// In bytes: what is kept at the end of a heap, and what glibc itself begins with.
    const KEPT: i32 = 128 * 1024;

    for (name, parameter, value) in [
        ("MALLOC_ARENA_MAX", libc::M_ARENA_MAX, HEAPS),
        ("MALLOC_TRIM_THRESHOLD_", libc::M_TRIM_THRESHOLD, KEPT),
    ] {
        if set(name, &value.to_string()) {
            // SAFETY: glibc takes any number; called before any other thread exists.
            #[allow(unsafe_code, reason = "the allocator can't be told in another way")]
            let taken = unsafe { libc::mallopt(parameter, value) };
            debug_assert_eq!(taken, 1, "{name}");
        }
    }
}

/// Sets a variable unless the person has; whether it did.
#[cfg(target_os = "linux")]
fn set(name: &str, value: &str) -> bool {
    if std::env::var_os(name).is_some() {
        return false;
    }
    // SAFETY: called before any other thread exists that could read the environment.
    #[allow(unsafe_code, reason = "GTK and WebKit read their settings from the environment")]
    unsafe {
        std::env::set_var(name, value);
    }
    true
}
