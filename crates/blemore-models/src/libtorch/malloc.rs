//! How the C library gives memory back, for processes that train.

/// From this size on, in bytes, memory comes from the system for itself and goes back when it is freed. glibc would raise
/// the size to 32 MB as it goes, and fits would sometimes have 14 MB beside them that earlier ones had freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MMAP_BYTES: i32 = 4 << 20;

/// Has the C library give large blocks back as soon as they are freed, where it is glibc and the user has not said
/// otherwise. Once for each process.
pub(crate) fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            if std::env::var_os("MALLOC_MMAP_THRESHOLD_").is_none() {
                // SAFETY: `mallopt` takes two numbers, and glibc sets the parameter under its own lock. Where
                // it refuses, memory is as it would have been without.
                unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_BYTES) };
            }
        });
    }
}
