using Pyrsia.Cli.Commands;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class VerifyTargetTests
{
    [Theory]
    [InlineData("org.acme:lib:1.0", "maven:org.acme:lib:1.0")]
    [InlineData("maven:org.acme:lib:1.0", "maven:org.acme:lib:1.0")]
    [InlineData("maven:lib:1.0", "maven:maven:lib:1.0")]
    [InlineData("maven:3.9", "docker:docker.io/library/maven:3.9")]
    [InlineData("maven", "docker:docker.io/library/maven:latest")]
    [InlineData("localhost:5000/a:tag", "docker:localhost:5000/a:tag")]
    public void A_name_is_an_image_or_with_two_colons_a_Maven_version(string text, string coordinate)
    {
        var target = VerifyTarget.ReadName(text);
        Assert.Equal(coordinate, target.Coordinate);
        Assert.Equal(coordinate.StartsWith("maven:", StringComparison.Ordinal), target.Maven is not null);
        Assert.Equal(target.Maven is null, target.Reference is not null);
    }
}
