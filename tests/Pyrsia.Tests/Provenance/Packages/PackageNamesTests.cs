using Pyrsia.Builds.Packages;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Xunit;

namespace Pyrsia.Tests.Provenance.Packages;

/// <summary>What every kind of package has to keep, and what each makes of the texts that people write.</summary>
public sealed class PackageNamesTests
{
    public static TheoryData<string> Types => [.. PackageNames.All.Select(names => names.Type)];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_kind_reads_its_own_example_as_it_stands_and_finds_its_files_by_their_paths(string type)
    {
        var names = PackageNames.Find(type)!;
        Assert.Equal((type, names.Example), (PackageNames.Split($"{type}:{names.Example}")!.Value.Names.Type, names.Parse(names.Example)));
        Assert.Equal($"{type}:{names.Example}", PackageNames.Parse($"{type}:{names.Example}"));
        var folder = names.OutputFolder(names.Example);
        // A node's path to an image leads to its manifest, whatever that is called among the outputs.
        var file = new PackageFile(names.Example, names is DockerNames ? "" : Output(type, folder!));
        Assert.Equal(file, names.Locate(names.PathOf(file)));
        Assert.True(folder is null || (ArtifactOutput.IsName(folder + "x") && folder.EndsWith('/')));
        Assert.NotEmpty(names.MediaType(file.Output));
        // A file of one kind is none of another's.
        Assert.All(PackageNames.All.Where(other => other.Type != type), other => Assert.Null(other.Locate(names.PathOf(file))));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void What_climbs_hides_or_is_nothing_is_no_file(string type)
    {
        var names = PackageNames.Find(type)!;
        foreach (var text in new[] { "", ":", "a b", "../x:1", "x:..", "\0:\0:1", new string('a', 5000) }) Assert.Null(names.Parse(text));
        foreach (var text in new[] { "", "/", "/x", "/v2/", "/maven2/", $"/{type}/", $"/{type}/../../x/y", "/maven2/org/acme/../lib/1.0/lib-1.0.jar", "/v2/../manifests/1", "/generic/a/1/../../b/1/x", "/generic/a/1/", "//generic/a/1/x" }) Assert.Null(names.Locate(text));
    }

    [Theory]
    [InlineData("org.acme:lib:1.0", "maven:org.acme:lib:1.0")]
    [InlineData("maven:org.acme:lib:1.0", "maven:org.acme:lib:1.0")]
    [InlineData("alpine", "docker:docker.io/library/alpine:latest")]
    [InlineData("docker:24", "docker:docker.io/library/docker:24")]
    [InlineData("maven:3.9", "docker:docker.io/library/maven:3.9")]
    [InlineData("docker:docker.io/library/x:1", "docker:docker.io/library/x:1")]
    [InlineData("generic:words:1.0", "generic:words:1.0")]
    [InlineData("generic:1.0", "docker:docker.io/library/generic:1.0")]
    [InlineData("a:b:c:d", null)]
    [InlineData("", null)]
    public void A_persons_text_has_one_meaning(string text, string? coordinate) => Assert.Equal(coordinate, PackageNames.Parse(text));

    [Theory]
    [InlineData("docker:alpine")]
    [InlineData("maven:org.acme:lib")]
    [InlineData("generic:words")]
    [InlineData("cargo:serde:1.0")]
    [InlineData("words")]
    [InlineData("src/0123")]
    public void What_is_not_in_its_full_form_is_no_coordinate(string text) => Assert.Null(PackageNames.Split(text));

    [Theory]
    [InlineData("maven:org.acme:lib:1.0", true, "org/acme/lib/1.0/")]
    [InlineData("maven:org.acme:lib:1.0-SNAPSHOT", false, "org/acme/lib/1.0-SNAPSHOT/")]
    [InlineData("generic:words:1.0", true, "generic/words/1.0/")]
    [InlineData("generic:words:1-SNAPSHOT", false, "generic/words/1-SNAPSHOT/")]
    [InlineData("docker:docker.io/library/x:1", false, "docker/docker.io/library/x:1/")]
    [InlineData("docker:docker.io/library/x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true, null)]
    public void Releases_and_digests_never_change_and_files_stay_in_their_folder(string coordinate, bool isImmutable, string? folder) =>
        Assert.Equal((isImmutable, folder), (Coordinate.IsImmutable(coordinate), Coordinate.OutputFolder(coordinate)));

    [Theory]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar", "application/java-archive")]
    [InlineData("org/acme/lib/1.0/lib-1.0-bin.tar.gz", "application/gzip")]
    [InlineData("org/acme/lib/1.0/lib-1.0.pom", "text/xml")]
    [InlineData("no/path", "application/octet-stream")]
    public void A_files_media_type_comes_from_its_whole_extension(string output, string mediaType) => Assert.Equal(mediaType, new MavenNames().MediaType(output));

    [Fact]
    public void Both_halves_of_every_kind_are_there_and_say_the_same()
    {
        Assert.Equal(PackageNames.All.Select(names => names.Type).Order(StringComparer.Ordinal), PackageTypes.All.Select(type => type.Names.Type));
        // What is built has its files in a folder of its own; what is not has no such folder, so that no specification can name it.
        Assert.All(PackageTypes.All, type => Assert.Equal(type.IsBuilt, type.Names.OutputFolder(type.Names.Example) is not null));
    }

    private static string Output(string type, string folder) => folder + (type == Coordinate.Maven ? "lib-1.0.jar" : "file.txt");
}
