using Pyrsia.Contracts;
using Xunit;

namespace Pyrsia.Tests.Contracts;

public sealed class MavenCoordinatesTests
{
    [Theory]
    [InlineData("org.apache.commons:commons-lang3:3.12.0", "pkg:maven/org.apache.commons/commons-lang3@3.12.0", "org/apache/commons/commons-lang3/3.12.0")]
    [InlineData("junit:junit:4.13.2", "pkg:maven/junit/junit@4.13.2", "junit/junit/4.13.2")]
    [InlineData("g_1.a-b:lib.core_2.13:1.0+build.7", "pkg:maven/g_1.a-b/lib.core_2.13@1.0%2Bbuild.7", "g_1/a-b/lib.core_2.13/1.0+build.7")]
    [InlineData("a:b:1-SNAPSHOT", "pkg:maven/a/b@1-SNAPSHOT", "a/b/1-SNAPSHOT")]
    public void Coordinates_keep_their_text_and_have_one_place(string text, string packageUrl, string directory)
    {
        var coordinates = MavenCoordinates.Parse(text);
        Assert.Equal(text, coordinates.ToString());
        Assert.Equal(packageUrl, coordinates.PackageUrl);
        Assert.Equal(directory, coordinates.Directory);
        Assert.Equal(text.EndsWith("-SNAPSHOT", StringComparison.Ordinal), coordinates.IsSnapshot);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("commons-lang3")]
    [InlineData("a:b")]
    [InlineData("a:b:1:jar")]
    [InlineData("a:b:")]
    [InlineData(":b:1")]
    [InlineData("a..b:c:1")]
    [InlineData(".a:c:1")]
    [InlineData("a.:c:1")]
    [InlineData("a:..:1")]
    [InlineData("a:b:..")]
    [InlineData("a:b:1/2")]
    [InlineData("a/b:c:1")]
    [InlineData("a\\b:c:1")]
    [InlineData("a:b c:1")]
    [InlineData("a:b:[1,2)")]
    [InlineData("a:b:${version}")]
    [InlineData("a:b:LATEST")]
    [InlineData("a:b:RELEASE")]
    [InlineData("a:b%2e:1")]
    [InlineData("a:bü:1")]
    public void What_names_no_version_is_refused_with_a_reason(string? text)
    {
        Assert.False(MavenCoordinates.TryParse(text, out _, out var error));
        Assert.False(string.IsNullOrWhiteSpace(error));
        Assert.Throws<FormatException>(() => MavenCoordinates.Parse(text!));
    }

    [Fact]
    public void Each_part_has_a_limit()
    {
        var longest = new string('a', MavenCoordinates.MaxNameLength);
        Assert.True(MavenCoordinates.TryCreate(longest, longest, new string('1', MavenCoordinates.MaxVersionLength), out var coordinates, out _));
        Assert.Equal(MavenPathFault.None, MavenPath.TryParse(MavenFilePath.Of(coordinates, "sources.tar.gz").ToString() + ".sha512", out _));
        Assert.False(MavenCoordinates.TryCreate(longest + "a", "b", "1", out _, out _));
        Assert.False(MavenCoordinates.TryCreate("a", longest + "a", "1", out _, out _));
        Assert.False(MavenCoordinates.TryCreate("a", "b", new string('1', MavenCoordinates.MaxVersionLength + 1), out _, out var error));
        Assert.True(error.Length < 500);
    }
}
