using Pyrsia.Node.Hosting;
using Xunit;

namespace Pyrsia.Tests.Node.Hosting;

public sealed class HeldMemoryTests
{
    private const long Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(2 * Megabyte, 2 * Megabyte, 20 * Megabyte, true)]
    [InlineData(2 * Megabyte, 2 * Megabyte, 4 * Megabyte, false)]
    [InlineData(50 * Megabyte, 2 * Megabyte, 4 * Megabyte, true)]
    [InlineData(50 * Megabyte, 2 * Megabyte, Megabyte, false)]
    [InlineData(50 * Megabyte, 50 * Megabyte, 20 * Megabyte, false)]
    public void All_is_given_back_when_it_is_quiet_and_much_is_held_or_work_has_just_ended(long before, long allocated, long spare, bool expected) =>
        Assert.Equal(expected, HeldMemoryService.IsWorthIt(before, allocated, spare));

    [Theory]
    [InlineData(20 * Megabyte, 26 * Megabyte, 0, false)]
    [InlineData(20 * Megabyte, 28 * Megabyte, 0, true)]
    [InlineData(20 * Megabyte, 30 * Megabyte, 4 * Megabyte, false)]
    [InlineData(20 * Megabyte, 32 * Megabyte, 4 * Megabyte, true)]
    [InlineData(800 * Megabyte, 890 * Megabyte, 0, false)]
    [InlineData(800 * Megabyte, 910 * Megabyte, 0, true)]
    public void The_heap_is_looked_through_when_it_holds_a_few_megabytes_or_a_part_more_than_is_in_use(long used, long held, long fresh, bool expected) =>
        Assert.Equal(expected, HeldMemory.IsTooMuch(used, held, fresh, least: 7 * Megabyte, part: 8));
}
