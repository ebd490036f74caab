using System.CommandLine;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Hosting;
using Xunit;

namespace Pyrsia.Tests.Node.Hosting;

public sealed class PolicyOptionTests
{
    private static NodeOptions Read(string line, string? variable = null)
    {
        var options = new NodeCommandLine(new OptionSource(name => name == "PYRSIA_ALLOW" ? variable : null, default), "pyrsia-test");
        var command = new RootCommand();
        options.AddTo(command);
        return options.Read(command.Parse(line));
    }

    [Fact]
    public void By_default_the_policy_enforces_and_allows_nothing() => Assert.Equal((PolicyMode.Enforce, 0), Read("") is var options ? (options.Policy, options.Allow.Count) : default);

    [Theory]
    [InlineData("enforce", PolicyMode.Enforce)]
    [InlineData("warn", PolicyMode.Warn)]
    [InlineData("off", PolicyMode.Off)]
    public void A_policy_is_named_by_its_word(string word, PolicyMode mode) => Assert.Equal(mode, Read($"--policy {word}").Policy);

    [Fact]
    public void Coordinates_are_allowed_one_by_one() =>
        Assert.Equal(["maven:org.acme:lib:1.0", "docker:docker.io/library/x:1"], Read("--allow maven:org.acme:lib:1.0 --allow docker:docker.io/library/x:1").Allow);

    [Fact]
    public void The_environment_allows_too() => Assert.Equal(["maven:a:b:1", "maven:a:b:2"], Read("", "maven:a:b:1; maven:a:b:2").Allow);

    [Theory]
    [InlineData("--policy Warn")]
    [InlineData("--policy none")]
    [InlineData("--allow org.acme:lib:1.0")]
    [InlineData("--allow maven:org.acme:lib")]
    [InlineData("--allow docker:x:1")]
    [InlineData("--allow maven:org.acme:*:1.0")]
    public void What_is_no_policy_and_no_coordinate_in_full_is_wrong_usage(string line) => Assert.Equal(2, Assert.Throws<StartupException>(() => Read(line)).ExitCode);
}
