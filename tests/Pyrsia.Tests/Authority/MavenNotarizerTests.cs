using System.Security.Cryptography;
using System.Text;
using Pyrsia.Authority.Builds;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class MavenNotarizerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestNetwork _network = new();
    private readonly ContentStore _store;
    private readonly IMavenUpstream _upstream;

    public MavenNotarizerTests()
    {
        _store = ContentStore.Open(_directory["store"]);
        _upstream = MavenUpstream.Open([$"maven=dir:{_directory["upstream"]}"], new UpstreamOptions(), TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _network.Dispose();
        _directory.Dispose();
    }

    private void Write(string path, string content)
    {
        var file = _directory[$"upstream/{path}"];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private async Task<MavenNotarizationStatement> ObtainAsync(string gav, string main, long maxBytes = 1 << 20, params string[] variants)
    {
        var asked = (BuildRequest)_network.MavenRequest(gav, Digest.Of(Encoding.UTF8.GetBytes(main))).Body! with { Variants = [.. variants.Order(StringComparer.Ordinal)], MaxBytes = maxBytes };
        var notarizer = new MavenNotarizer(_upstream, _store);
        Assert.True(notarizer.Serves(asked));
        var time = DateTimeOffset.UnixEpoch;
        var run = new BuildRun(_network.Genesis.ChainId, new RequestId(Digest.Of("r"u8)), 1, _network.Genesis.Origin, "a0", "0.1.0", time, time);
        return (MavenNotarizationStatement)await notarizer.ObtainAsync(asked, () => run, Cancel);
    }

    private async Task FailsAsync(FailureReason reason, string gav, string main, long maxBytes = 1 << 20, params string[] variants) =>
        Assert.Equal(reason, (await Assert.ThrowsAsync<NotarizationException>(() => ObtainAsync(gav, main, maxBytes, variants))).Reason);

    [Fact]
    public async Task A_version_gives_pom_main_file_and_what_else_was_asked_for_under_their_paths()
    {
        Write("org/acme/lib/1.0/lib-1.0.pom", "<project><packaging>bundle</packaging></project>");
        Write("org/acme/lib/1.0/lib-1.0.jar", "jar");
        Write("org/acme/lib/1.0/lib-1.0-sources.jar", "sources");
        Write("org/acme/lib/1.0/lib-1.0-javadoc.jar", "not asked for");
        var statement = await ObtainAsync("org.acme:lib:1.0", "jar", variants: "sources.jar");
        Assert.Equal(["org/acme/lib/1.0/lib-1.0-sources.jar", "org/acme/lib/1.0/lib-1.0.jar", "org/acme/lib/1.0/lib-1.0.pom"], statement.Outputs.Select(o => o.Name));
        Assert.Equal(["application/java-archive", "application/java-archive", "text/xml"], statement.Outputs.Select(o => o.MediaType));
        Assert.All(statement.Outputs, output => Assert.True(_store.Contains(output.Digest)));
        Assert.True(ResultStatement.TryParse(statement.ToJson().ToBytes(), out var again, out var error), error);
        Assert.Equal("localhost", ((MavenNotarizationStatement)again).Repository);
    }

    [Theory]
    [InlineData("<project/>", "jar")]
    [InlineData("<project><packaging>war</packaging></project>", "war")]
    [InlineData("<project><packaging>maven-plugin</packaging></project>", "jar")]
    [InlineData("<project><packaging>something-new</packaging></project>", "jar")]
    public async Task The_packaging_says_which_file_is_the_main_one(string pom, string extension)
    {
        Write("g/a/1/a-1.pom", pom);
        Write($"g/a/1/a-1.{extension}", "main");
        Assert.Contains((await ObtainAsync("g:a:1", "main")).Outputs, o => o.Name == $"g/a/1/a-1.{extension}");
    }

    [Theory]
    [InlineData("<project><packaging>pom</packaging></project>")]
    [InlineData("<project><distributionManagement><relocation><groupId>h</groupId></relocation></distributionManagement></project>")]
    public async Task A_pom_alone_is_its_own_main_file(string pom)
    {
        Write("g/a/1/a-1.pom", pom);
        Assert.Equal("g/a/1/a-1.pom", (await ObtainAsync("g:a:1", pom)).Outputs.Single().Name);
    }

    [Theory]
    [InlineData("sha1", "{0}", true)]
    [InlineData("sha1", "{0}  a-1.jar\n", true)]
    [InlineData("sha1", "SHA1(a-1.jar)= {0}\n", true)]
    [InlineData("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709", false)]
    [InlineData("sha1", "", false)]
    [InlineData("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", false)]
    public async Task A_checksum_that_stands_beside_a_file_must_be_its_own(string ending, string text, bool right)
    {
        Write("g/a/1/a-1.pom", "<project/>");
        Write("g/a/1/a-1.jar", "jar");
#pragma warning disable CA5350
        var sum = Convert.ToHexStringLower(SHA1.HashData("jar"u8));
#pragma warning restore CA5350
        Write($"g/a/1/a-1.jar.{ending}", text.Replace("{0}", sum, StringComparison.Ordinal));
        if (right) await ObtainAsync("g:a:1", "jar");
        else await FailsAsync(FailureReason.UpstreamUnavailable, "g:a:1", "jar");
    }

    [Fact]
    public async Task A_snapshot_is_fetched_by_the_build_that_the_upstream_says_is_newest()
    {
        Write("g/a/1-SNAPSHOT/maven-metadata.xml", """
            <metadata><versioning><snapshot><timestamp>20261121.065219</timestamp><buildNumber>2</buildNumber></snapshot><snapshotVersions>
            <snapshotVersion><extension>jar</extension><value>1-20261121.065219-2</value></snapshotVersion>
            <snapshotVersion><classifier>sources</classifier><extension>jar</extension><value>1-20261120.000000-1</value></snapshotVersion>
            </snapshotVersions></versioning></metadata>
            """);
        Write("g/a/1-SNAPSHOT/a-1-20261121.065219-2.pom", "<project/>");
        Write("g/a/1-SNAPSHOT/a-1-20261121.065219-2.jar", "jar");
        Write("g/a/1-SNAPSHOT/a-1-20261120.000000-1-sources.jar", "sources");
        var statement = await ObtainAsync("g:a:1-SNAPSHOT", "jar", variants: "sources.jar");
        Assert.Equal(["a-1-20261120.000000-1-sources.jar", "a-1-20261121.065219-2.jar", "a-1-20261121.065219-2.pom"], statement.Outputs.Select(o => Path.GetFileName(o.Name)));

        Write("g/a/1-SNAPSHOT/maven-metadata.xml", "<metadata><versioning><snapshot><timestamp>../../x</timestamp><buildNumber>2</buildNumber></snapshot></versioning></metadata>");
        await FailsAsync(FailureReason.UpstreamUnavailable, "g:a:1-SNAPSHOT", "jar");
    }

    [Fact]
    public async Task What_cannot_be_had_has_a_reason()
    {
        await FailsAsync(FailureReason.UpstreamUnavailable, "g:a:1", "jar");
        Directory.CreateDirectory(_directory["upstream"]);
        await FailsAsync(FailureReason.UnknownImage, "g:a:1", "jar");
        Write("g/a/1/a-1.pom", "<project/>");
        await FailsAsync(FailureReason.UnknownImage, "g:a:1", "jar");
        Write("g/a/1/a-1.jar", "jar");
        await FailsAsync(FailureReason.TagMoved, "g:a:1", "another jar");
        await FailsAsync(FailureReason.LimitExceeded, "g:a:1", "jar", maxBytes: 12);
        await FailsAsync(FailureReason.UnknownImage, "g:a:1", "jar", variants: "sources.jar");
        Write("g/a/1/a-1.pom", "not xml");
        await FailsAsync(FailureReason.UpstreamUnavailable, "g:a:1", "jar");
        Write("g/a/1/a-1.pom", "<!DOCTYPE x [<!ENTITY e 'x'>]><project><packaging>&e;</packaging></project>");
        await FailsAsync(FailureReason.UpstreamUnavailable, "g:a:1", "jar");
    }
}
