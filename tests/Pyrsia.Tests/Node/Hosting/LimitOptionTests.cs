using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Tests.Repository;
using Xunit;

namespace Pyrsia.Tests.Node.Hosting;

public sealed class LimitOptionTests
{
    [Fact]
    public void Without_entries_the_defaults_hold() => Assert.Equal(new ResourceLimits(), LimitOption.Read([]));

    [Fact]
    public void Every_limit_has_a_name_that_changes_it_alone_and_stands_in_the_manual()
    {
        var manual = SourceTree.Read("docs/operating/README.md");
        var properties = typeof(ResourceLimits).GetProperties().Where(p => p.CanWrite).ToDictionary(p => p.Name.ToUpperInvariant());
        Assert.Equal(properties.Keys.Order(), LimitOption.Names.Select(PropertyOf).Order());
        Assert.All(LimitOption.Names, name =>
        {
            var property = properties[PropertyOf(name)];
            Assert.Contains($"| `{name}` | {property.GetValue(new ResourceLimits())} |", manual, StringComparison.Ordinal);
            var changed = LimitOption.Read([$"{name}=300001"]);
            Assert.Equal("300001", property.GetValue(changed)!.ToString());
            Assert.All(properties.Values.Where(p => p != property), other => Assert.Equal(other.GetValue(new ResourceLimits()), other.GetValue(changed)));
        });

        static string PropertyOf(string name) => $"MAX{name.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant()}";
    }

    [Theory]
    [InlineData("connections")]
    [InlineData("connections=")]
    [InlineData("connections=0")]
    [InlineData("connections=-1")]
    [InlineData("connections=99999999999")]
    [InlineData("stream-window=1000")]
    [InlineData("everything=1")]
    public void What_names_no_limit_or_no_number_for_it_is_wrong_usage(string entry) => Assert.Equal(2, Assert.Throws<StartupException>(() => LimitOption.Read([entry])).ExitCode);
}
