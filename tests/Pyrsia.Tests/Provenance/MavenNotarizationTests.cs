using System.Collections.Immutable;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class MavenNotarizationTests : IDisposable
{
    private const string Gav = "org.acme:lib:1.0";
    private static readonly ArtifactOutput Jar = TestLog.Output("jar", "application/java-archive") with { Name = "org/acme/lib/1.0/lib-1.0.jar" };
    private static readonly ArtifactOutput Pom = TestLog.Output("pom", "application/xml") with { Name = "org/acme/lib/1.0/lib-1.0.pom" };
    private readonly TestNetwork _network = new(naming: [new NamingRule("maven:", ArtifactKind.Notarized)]);
    private readonly TestLog _log;

    public MavenNotarizationTests() => _log = new TestLog(_network);

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Two_builders_that_saw_the_same_files_verify_a_Maven_version()
    {
        var request = _network.MavenRequest(Gav, Jar.Digest);
        Assert.Empty(_log.Block(1, request));
        (SignedEntry Commitment, SignedEntry Result)[] answers = [.. Enumerable.Range(0, 3).Select(i => _network.MavenAnswer(request, i, [Pom, Jar]))];
        Assert.Empty(_log.Block(1, [.. answers.Select(a => a.Commitment)]));
        var verdict = Assert.Single(_log.Block(1, answers[0].Result, answers[1].Result));

        Assert.Equal(EntryType.Verified, verdict.Type);
        Assert.Equal(Jar.Digest, verdict.Verdict.Root);
        Assert.Equal(["org/acme/lib/1.0/lib-1.0.jar", "org/acme/lib/1.0/lib-1.0.pom"], verdict.Outputs.Select(o => o.Name));
        Assert.True(LogEntry.TryParse(verdict.Leaf, out var again, out _));
        Assert.Equal(verdict.Outputs, ((VerdictEntry)again).Outputs);
    }

    [Fact]
    public void A_request_whose_coordinate_is_not_its_reference_is_refused() =>
        Assert.Equal(EntryFault.BadCoordinate, _log.Check(_network.MavenRequest(Gav, Jar.Digest, coordinate: "maven:org.acme:lib:2.0")));

    [Theory]
    [InlineData("org/other/lib/1.0/lib-1.0.jar")]
    [InlineData("org/acme/lib/1.0/deeper/lib-1.0.jar")]
    [InlineData("org/acme/lib/1.0/../../x.jar")]
    public void A_result_cannot_name_a_file_outside_its_version(string name)
    {
        var request = _network.MavenRequest(Gav, Jar.Digest);
        var statement = _network.MavenStatement(request, 0, [Jar with { Name = name }]);
        Assert.False(ResultStatement.TryParse(statement.ToJson().ToBytes(), out _, out _));
    }

    [Fact]
    public void Two_files_of_one_name_are_refused()
    {
        var request = _network.MavenRequest(Gav, Jar.Digest);
        var statement = _network.MavenStatement(request, 0, [Jar, Pom with { Name = Jar.Name }]);
        Assert.False(ResultStatement.TryParse(statement.ToJson().ToBytes(), out _, out var error));
        Assert.Contains("each once", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_with_equal_bytes_and_different_names_are_told_apart()
    {
        var twin = Jar with { Name = "org/acme/lib/1.0/lib-1.0-copy.jar" };
        var statement = _network.MavenStatement(_network.MavenRequest(Gav, Jar.Digest), 0, [Jar, twin, Pom]);
        Assert.True(ResultStatement.TryParse(statement.ToJson().ToBytes(), out var again, out _));
        Assert.Equal(ArtifactOutput.InOrder(ImmutableArray.Create(twin, Jar, Pom)), again.Outputs);
    }
}
