using System.CommandLine;
using Pyrsia.Node.Hosting;
using Xunit;

namespace Pyrsia.Tests.Node.Hosting;

public sealed class DenyOptionTests
{
    private static NodeOptions Read(string line)
    {
        var options = new NodeCommandLine(new OptionSource(_ => null, default), "pyrsia-test");
        var command = new RootCommand();
        options.AddTo(command);
        return options.Read(command.Parse(line));
    }

    [Fact]
    public void By_default_nobody_is_denied() => Assert.Empty(Read("").Deny);

    [Fact]
    public void Peers_addresses_and_networks_are_denied_one_by_one() =>
        Assert.Equal(["12D3KooWC7FJyUZq59kWv2yJ4DEd2PSiBhpTpSMh2emZ8YZ8AyU9", "192.0.2.7", "2001:db8::/32"], Read("--deny 12D3KooWC7FJyUZq59kWv2yJ4DEd2PSiBhpTpSMh2emZ8YZ8AyU9 --deny 192.0.2.7 --deny 2001:db8::/32").Deny);

    [Theory]
    [InlineData("--deny somebody")]
    [InlineData("--deny 192.0.2.0/33")]
    [InlineData("--deny /ip4/192.0.2.7/tcp/1")]
    public void What_is_none_of_them_is_wrong_usage(string line) => Assert.Equal(2, Assert.Throws<StartupException>(() => Read(line)).ExitCode);
}
