using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pyrsia.Builds.Bubblewrap;
using Xunit;

namespace Pyrsia.Tests.Builds;

/// <summary>The system call filter, run by an interpreter that does what the kernel does.</summary>
public sealed class SeccompFilterTests
{
    private const uint Allow = 0x7fff0000;
    private const uint NotPermitted = 0x00050001;
    private const uint NotImplemented = 0x00050026;
    private const uint FamilyNotSupported = 0x00050061;
    private const uint X64 = 0xc000003e;
    private const uint Arm64 = 0xc00000b7;
    private const uint I386 = 0x40000003;

    [Theory]
    [InlineData("read", 0, 0, 0, Allow)]
    [InlineData("execve", 59, 0, 0, Allow)]
    [InlineData("mount", 165, 0, 0, NotPermitted)]
    [InlineData("ptrace", 101, 0, 0, NotPermitted)]
    [InlineData("bpf", 321, 0, 0, NotPermitted)]
    [InlineData("keyctl", 250, 0, 0, NotPermitted)]
    [InlineData("unshare", 272, 0x10000000, 0, NotPermitted)]
    [InlineData("clone of a thread", 56, 0x3d0f00, 0, Allow)]
    [InlineData("clone of a process", 56, 0x1200011, 0, Allow)]
    [InlineData("clone of a user namespace", 56, 0x10000011, 0, NotPermitted)]
    [InlineData("clone of a network namespace", 56, 0x40000011, 0, NotPermitted)]
    [InlineData("clone3", 435, 0, 0, NotImplemented)]
    [InlineData("ioctl TCGETS", 16, 0, 0x5401, Allow)]
    [InlineData("ioctl TIOCSTI", 16, 0, 0x5412, NotPermitted)]
    [InlineData("socket AF_UNIX", 41, 1, 0, Allow)]
    [InlineData("socket AF_INET6", 41, 10, 0, Allow)]
    [InlineData("socket AF_PACKET", 41, 17, 0, FamilyNotSupported)]
    [InlineData("socket AF_ALG", 41, 38, 0, FamilyNotSupported)]
    [InlineData("socket AF_VSOCK", 41, 40, 0, FamilyNotSupported)]
    [InlineData("x32 read", 0x40000000, 0, 0, NotPermitted)]
    public void A_call_on_x64_is_let_through_or_fails(string name, uint number, ulong first, ulong second, uint expected) =>
        Assert.True(expected == Run(SeccompFilter.Build(Architecture.X64), number, X64, first, second), name);

    [Theory]
    [InlineData("read", 63, 0, Allow)]
    [InlineData("mount", 40, 0, NotPermitted)]
    [InlineData("clone of a user namespace", 220, 0x10000011, NotPermitted)]
    [InlineData("socket AF_VSOCK", 198, 40, FamilyNotSupported)]
    public void A_call_on_arm64_is_let_through_or_fails(string name, uint number, ulong first, uint expected) =>
        Assert.True(expected == Run(SeccompFilter.Build(Architecture.Arm64), number, Arm64, first, 0), name);

    [Fact]
    public void No_call_of_another_architecture_is_made()
    {
        for (var number = 0u; number < 500; number++) Assert.Equal(NotPermitted, Run(SeccompFilter.Build(Architecture.X64), number, I386, 0, 0));
    }

    [Fact]
    public void A_program_fits_what_the_kernel_takes() => Assert.InRange(SeccompFilter.Build(Architecture.X64).Length / 8, 50, 4096);

    [Fact]
    public void An_architecture_that_is_not_known_is_refused() => Assert.Throws<PlatformNotSupportedException>(() => SeccompFilter.Build(Architecture.S390x));

    private static uint Run(byte[] program, uint number, uint architecture, ulong first, ulong second)
    {
        var data = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16), first);
        BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(24), second);
        var accumulator = 0u;
        for (var at = 0; ; at++)
        {
            var instruction = program.AsSpan(at * 8, 8);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20:
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)value));
                    break;
                case 0x15:
                    at += accumulator == value ? instruction[2] : instruction[3];
                    break;
                case 0x35:
                    at += accumulator >= value ? instruction[2] : instruction[3];
                    break;
                case 0x45:
                    at += (accumulator & value) != 0 ? instruction[2] : instruction[3];
                    break;
                case 0x06:
                    return value;
                default:
                    throw new InvalidOperationException("An instruction that is not used.");
            }
        }
    }
}
