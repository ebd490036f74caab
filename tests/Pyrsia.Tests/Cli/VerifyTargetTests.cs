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

    [Theory]
    [InlineData("generic:words:1.0", "generic:words:1.0", null)]
    [InlineData("src/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "src/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", null)]
    [InlineData("org/acme/lib/1.0/lib-1.0-sources.jar", "maven:org.acme:lib:1.0", "org/acme/lib/1.0/lib-1.0-sources.jar")]
    [InlineData("generic/words/1.0/words.txt", "generic:words:1.0", "generic/words/1.0/words.txt")]
    public void Plain_files_results_of_a_source_and_paths_of_a_repository_have_names_too(string text, string coordinate, string? output)
    {
        var target = VerifyTarget.ReadName(text);
        Assert.Equal((coordinate, output, null), (target.Coordinate, target.Output, target.Reference));
    }

    [Theory]
    [InlineData("src/lib", "docker:docker.io/src/lib:latest")]
    [InlineData("org/acme/lib/1.0/lib-2.0.jar", "docker:docker.io/org/acme/lib/1.0/lib-2.0.jar:latest")]
    public void What_only_looks_like_one_is_an_image(string text, string coordinate) => Assert.Equal(coordinate, VerifyTarget.ReadName(text).Coordinate);
}
