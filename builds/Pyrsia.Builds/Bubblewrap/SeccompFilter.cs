using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pyrsia.Builds.Bubblewrap;

/// <summary>
/// A system call filter: a classic BPF program over <c>struct seccomp_data</c> that lets everything through but what a build has no business with.
/// The kernel runs it from the top for each call.
/// <code>
/// offset 0: int nr | 4: u32 arch | 8: u64 instruction_pointer | 16: u64 args[6]       (struct seccomp_data)
/// offset 0: u16 code | 2: u8 jt | 3: u8 jf | 4: u32 k                                  (struct sock_filter)
/// </code>
/// </summary>
/// <seealso href="https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html"/>
internal static partial class SeccompFilter
{
    private const int NumberOffset = 0;
    private const int ArchitectureOffset = 4;
    private const int FirstArgumentOffset = 16;
    private const int ArgumentLength = 8;

    // BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ, | BPF_JGE, | BPF_JSET (all | BPF_K), BPF_RET | BPF_K.
    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort JumpIfAnyBit = 0x45;
    private const ushort Return = 0x06;

    private const uint Allow = 0x7fff0000;
    private const uint FailWith = 0x00050000;
    private const uint NotPermitted = 1;
    private const uint NotImplemented = 38;
    private const uint FamilyNotSupported = 97;

    /// <summary>CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.</summary>
    private const uint NewNamespaces = 0x80 | 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000;

    /// <summary>AF_UNIX, AF_INET, AF_NETLINK (which lists interfaces) and AF_INET6.</summary>
    private static readonly uint[] Families = [1, 2, 16, 10];

    /// <summary>TIOCSTI and TIOCLINUX put input into a terminal.</summary>
    private static readonly uint[] TerminalInjection = [0x5412, 0x541c];

    /// <summary>The program for a processor architecture.</summary>
    /// <exception cref="PlatformNotSupportedException">Its system calls are not known here.</exception>
    internal static byte[] Build(Architecture architecture)
    {
        var numbers = Numbers.For(architecture);
        var program = new List<byte>();
        // Another architecture's calls (32-bit ones on a 64-bit kernel) have other numbers: none of them may be made.
        Emit(program, Load, 0, 0, ArchitectureOffset);
        Emit(program, JumpIfEqual, 1, 0, numbers.AuditArchitecture);
        Emit(program, Return, 0, 0, FailWith | NotPermitted);
        Emit(program, Load, 0, 0, NumberOffset);
        if (numbers.AlternativeAbi is { } alternative) FailIf(program, JumpIfAtLeast, alternative, NotPermitted);
        foreach (var number in numbers.Denied) FailIf(program, JumpIfEqual, number, NotPermitted);
        // The library falls back from clone3, whose flags lie in memory that a filter can't read, to clone, whose flags it can.
        FailIf(program, JumpIfEqual, numbers.Clone3, NotImplemented);
        WithArgument(program, numbers.CloneCall, 0, [(JumpIfAnyBit, NewNamespaces)], matching: FailWith | NotPermitted, otherwise: Allow);
        WithArgument(program, numbers.Ioctl, 1, [.. TerminalInjection.Select(c => (JumpIfEqual, c))], matching: FailWith | NotPermitted, otherwise: Allow);
        WithArgument(program, numbers.Socket, 0, [.. Families.Select(f => (JumpIfEqual, f))], matching: Allow, otherwise: FailWith | FamilyNotSupported);
        Emit(program, Return, 0, 0, Allow);
        return [.. program];
    }

    private static void FailIf(List<byte> program, ushort test, uint value, uint error)
    {
        Emit(program, test, 0, 1, value);
        Emit(program, Return, 0, 0, FailWith | error);
    }

    /// <summary>Decides a call by the low half of one argument; all of those looked at are 32 bits wide in the kernel too.</summary>
    private static void WithArgument(List<byte> program, uint number, int argument, (ushort Test, uint Value)[] tests, uint matching, uint otherwise)
    {
        Emit(program, JumpIfEqual, 0, checked((byte)((2 * tests.Length) + 2)), number);
        Emit(program, Load, 0, 0, (uint)(FirstArgumentOffset + (argument * ArgumentLength)));
        foreach (var (test, value) in tests)
        {
            Emit(program, test, 0, 1, value);
            Emit(program, Return, 0, 0, matching);
        }
        Emit(program, Return, 0, 0, otherwise);
    }

    private static void Emit(List<byte> program, ushort code, byte whenTrue, byte whenFalse, uint value)
    {
        Span<byte> instruction = stackalloc byte[8];
        // The kernel of every supported architecture is little-endian.
        BinaryPrimitives.WriteUInt16LittleEndian(instruction, code);
        (instruction[2], instruction[3]) = (whenTrue, whenFalse);
        BinaryPrimitives.WriteUInt32LittleEndian(instruction[4..], value);
        program.AddRange(instruction);
    }
}
