//! How the C library gives memory back, for processes that train.

/// Blocks of at least this size are taken from the system one by one, and given back when they are freed. glibc would
/// raise the size up to 32 MB, and fits would sometimes keep 14 MB that earlier fits had freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MMAP_BYTES: i32 = 4 << 20;

/// Makes the C library give large blocks back as soon as they are freed, if it is glibc and the user has not set the size.
/// Once per process.
pub(crate) fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            if std::env::var_os("MALLOC_MMAP_THRESHOLD_").is_none() {
                // SAFETY: `mallopt` takes two numbers, and glibc sets the parameter under its own lock. Where
                // it refuses, nothing changes.
                unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_BYTES) };
            }
        });
    }
}
