using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class ImageAssemblyTests
{
    private static readonly string Main = new('c', 64);

    private static BuildSpecification Sample { get; } = SourceBuilds.Specification with
    {
        PackageType = "docker",
        Tool = null,
        Artifacts = [new SpecifiedArtifact("docker:docker.io/acme/app:1.0", new DockerNames().OutputsOf("docker.io/acme/app:1.0"))],
        Source = new BuildSource(SourceKind.Artifact, SourceBuilds.Lib, Main, null, ""),
        Assembly = new ImageAssembly(ImageReference.Parse("docker.io/library/base:1"), [new PlacedFile("org/acme/lib/1.0/lib-1.0.jar", "app/lib.jar", false), new PlacedFile("org/acme/lib/1.0/lib-1.0.pom", "app/lib.pom", true)])
        {
            Entrypoint = ["java", "-jar", "/app/lib.jar"],
            Environment = ["A=", "B_1=x y=z"],
            User = "1000:1000",
            WorkingDirectory = "/app",
        },
    };

    [Fact]
    public void An_image_of_an_artifact_reads_back_to_one_form()
    {
        Assert.True(BuildSpecification.TryParse(Sample.ToBytes(), out var read, out var error), error);
        Assert.Equal(Sample, read);
        Assert.Equal(Sample.Assembly, read.Assembly);
        Assert.Equal($"artifact+{SourceBuilds.Lib}@{Main}", read.Source.ToString());
        // It comes from the log, so networks that take https alone take it too.
        Assert.True(read.Source.IsSecure);
        var bare = Sample with { Assembly = new ImageAssembly(null, Sample.Assembly!.Files) };
        Assert.True(BuildSpecification.TryParse(bare.ToBytes(), out read, out error), error);
        Assert.Equal(bare, read);
        Assert.NotEqual(Sample.Digest, bare.Digest);
    }

    [Theory]
    [InlineData("\"url\":\"maven:org.acme:lib:1.0\"", "\"url\":\"docker:docker.io/acme/lib:1.0\"", "source.url")]
    [InlineData("\"url\":\"maven:org.acme:lib:1.0\"", "\"url\":\"org.acme:lib:1.0\"", "source.url")]
    [InlineData("\"url\":\"maven:org.acme:lib:1.0\"", "\"url\":\"https://x.example/y.git\"", "source.url")]
    [InlineData("\"kind\":\"artifact\"", "\"kind\":\"archive\"", "source.url")]
    [InlineData("\"subdirectory\":\"\"", "\"subdirectory\":\"sub\"", "source.subdirectory")]
    [InlineData("\"subdirectory\":\"\"", "\"subdirectory\":\"\",\"tag\":\"v1\"", "source.tag")]
    [InlineData("lib-1.0.pom\"", "../x\"", "output")]
    [InlineData("org/acme/lib/1.0/lib-1.0.pom", "org/acme/other/1.0/other-1.0.pom", "assembly")]
    [InlineData("app/lib.pom", "app/lib.jar", "files")]
    [InlineData("app/lib.pom", "/app/lib.pom", "path")]
    [InlineData("app/lib.pom", "app/../lib.pom", "path")]
    [InlineData("docker.io/library/base:1", "base:1", "base")]
    [InlineData("B_1=", "1B=", "environment")]
    [InlineData("B_1=", "A=", "environment")]
    [InlineData("B_1=x y=z", "B", "environment")]
    [InlineData("\"-jar\"", "\"a\\u0000b\"", "entrypoint")]
    [InlineData("1000:1000", "root;", "user")]
    [InlineData("\"workingDirectory\":\"/app\"", "\"workingDirectory\":\"app\"", "workingDirectory")]
    [InlineData("\"workingDirectory\":\"/app\"", "\"unknown\":1", "unknown")]
    public void What_is_malformed_is_refused_and_named(string text, string other, string field)
    {
        var json = Encoding.UTF8.GetString(Sample.ToBytes());
        Assert.Contains(text, json, StringComparison.Ordinal);
        Assert.False(BuildSpecification.TryParse(Encoding.UTF8.GetBytes(json.Replace(text, other, StringComparison.Ordinal)), out _, out var error));
        Assert.Contains(field, error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_artifact_is_put_together_and_a_repository_is_not()
    {
        Assert.False(BuildSpecification.TryParse((Sample with { Assembly = null }).ToBytes(), out _, out var error));
        Assert.Contains("assembly", error, StringComparison.Ordinal);
        Assert.False(BuildSpecification.TryParse((Sample with { Source = SourceBuilds.Source }).ToBytes(), out _, out error));
        Assert.Contains("assembly", error, StringComparison.Ordinal);
    }
}
