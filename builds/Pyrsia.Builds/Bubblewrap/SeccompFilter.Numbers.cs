using System.Runtime.InteropServices;

namespace Pyrsia.Builds.Bubblewrap;

internal static partial class SeccompFilter
{
    /// <summary>Names for a reader, and numbers on x86-64 and on 64-bit ARM; null where the call does not exist.</summary>
    /// <seealso href="https://github.com/torvalds/linux/blob/v6.12/arch/x86/entry/syscalls/syscall_64.tbl"/>
    /// <seealso href="https://github.com/torvalds/linux/blob/v6.12/include/uapi/asm-generic/unistd.h"/>
    private static readonly (string Name, uint X64, uint? Arm64)[] Denied =
    [
        // File systems and roots
        ("mount", 165, 40),
        ("umount2", 166, 39),
        ("pivot_root", 155, 41),
        ("chroot", 161, 51),
        ("move_mount", 429, 429),
        ("open_tree", 428, 428),
        ("fsopen", 430, 430),
        ("fsconfig", 431, 431),
        ("fsmount", 432, 432),
        ("fspick", 433, 433),
        ("mount_setattr", 442, 442),
        ("swapon", 167, 224),
        ("swapoff", 168, 225),
        ("quotactl", 179, 60),
        ("quotactl_fd", 443, 443),
        ("name_to_handle_at", 303, 264),
        ("open_by_handle_at", 304, 265),
        ("fanotify_init", 300, 262),
        ("nfsservctl", 180, 42),
        // Namespaces
        ("unshare", 272, 97),
        ("setns", 308, 268),
        // Other processes
        ("ptrace", 101, 117),
        ("process_vm_readv", 310, 270),
        ("process_vm_writev", 311, 271),
        ("process_madvise", 440, 440),
        ("kcmp", 312, 272),
        ("pidfd_getfd", 438, 438),
        // The kernel itself
        ("bpf", 321, 280),
        ("perf_event_open", 298, 241),
        ("userfaultfd", 323, 282),
        ("io_uring_setup", 425, 425),
        ("io_uring_enter", 426, 426),
        ("io_uring_register", 427, 427),
        ("kexec_load", 246, 104),
        ("kexec_file_load", 320, 294),
        ("init_module", 175, 105),
        ("finit_module", 313, 273),
        ("delete_module", 176, 106),
        ("create_module", 174, null),
        ("query_module", 178, null),
        ("get_kernel_syms", 177, null),
        ("uselib", 134, null),
        ("lookup_dcookie", 212, 18),
        ("memfd_secret", 447, 447),
        ("syslog", 103, 116),
        ("sysfs", 139, null),
        ("_sysctl", 156, null),
        ("ustat", 136, null),
        // Keys
        ("add_key", 248, 217),
        ("request_key", 249, 218),
        ("keyctl", 250, 219),
        // The machine
        ("reboot", 169, 142),
        ("acct", 163, 89),
        ("settimeofday", 164, 170),
        ("clock_settime", 227, 112),
        ("clock_adjtime", 305, 266),
        ("adjtimex", 159, 171),
        ("sethostname", 170, 161),
        ("setdomainname", 171, 162),
        ("vhangup", 153, 58),
        ("iopl", 172, null),
        ("ioperm", 173, null),
        // Placement of memory
        ("move_pages", 279, 239),
        ("migrate_pages", 256, 238),
        ("mbind", 237, 235),
        ("set_mempolicy", 238, 237),
        ("set_mempolicy_home_node", 450, 450),
        ("get_mempolicy", 239, 236),
    ];

    /// <summary>What an architecture calls its calls.</summary>
    /// <param name="AuditArchitecture">AUDIT_ARCH of the kernel.</param>
    /// <param name="AlternativeAbi">Numbers from here on belong to a second set of calls (x32) that nothing needs.</param>
    /// <param name="CloneCall">Number of clone.</param>
    /// <param name="Clone3">Number of clone3.</param>
    /// <param name="Ioctl">Number of ioctl.</param>
    /// <param name="Socket">Number of socket.</param>
    /// <param name="Denied">Numbers of the calls that always fail.</param>
    private sealed record Numbers(uint AuditArchitecture, uint? AlternativeAbi, uint CloneCall, uint Clone3, uint Ioctl, uint Socket, uint[] Denied)
    {
        internal static Numbers For(Architecture architecture) => architecture switch
        {
            Architecture.X64 => new Numbers(0xc000003e, 0x40000000, 56, 435, 16, 41, [.. SeccompFilter.Denied.Select(c => c.X64)]),
            Architecture.Arm64 => new Numbers(0xc00000b7, null, 220, 435, 29, 198, [.. SeccompFilter.Denied.Select(c => c.Arm64).OfType<uint>()]),
            _ => throw new PlatformNotSupportedException($"There is no system call filter for {architecture}."),
        };
    }
}
