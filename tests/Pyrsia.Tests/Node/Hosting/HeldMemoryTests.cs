using Pyrsia.Node.Hosting;
using Xunit;

namespace Pyrsia.Tests.Node.Hosting;

public sealed class HeldMemoryTests
{
    private const long Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(2 * Megabyte, 20 * Megabyte, true)]
    [InlineData(2 * Megabyte, 4 * Megabyte, false)]
    [InlineData(50 * Megabyte, 20 * Megabyte, false)]
    public void The_heap_is_looked_through_only_when_it_is_quiet_and_much_is_held(long allocated, long spare, bool expected) =>
        Assert.Equal(expected, HeldMemoryService.IsWorthIt(allocated, spare));
}
