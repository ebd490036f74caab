using Pyrsia.Node.Artifacts;
using Xunit;

namespace Pyrsia.Tests.Node.Artifacts;

public sealed class PassedVerdictsTests
{
    [Fact]
    public void What_has_passed_is_known_and_nothing_else()
    {
        var passed = new PassedVerdicts();
        long[] added = [0, 63, 64, 127, 16_383, 16_384, 1_000_439, 5_000_000_000];
        foreach (var index in added)
        {
            Assert.False(passed.Contains(index));
            passed.Add(index);
            passed.Add(index);
        }
        foreach (var index in added)
        {
            Assert.True(passed.Contains(index));
            foreach (var beside in new[] { index - 1, index + 1, index + 2, index + 64, index + 16_384 }) Assert.Equal(added.Contains(beside), beside >= 0 && passed.Contains(beside));
        }
    }
}
