using System.Text.Json;
using Pyrsia.Cli;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Merkle;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Cli;

/// <summary>A log with a mapping and a build of two artifacts from source, as the command line reads it.</summary>
public sealed class SourceBuildLogTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TestLog _log;
    private readonly SourceBuilds _builds;
    private readonly ScriptedNode _node;
    private readonly CliRun _run = new();
    private readonly SignedEntry _approval;

    public SourceBuildLogTests()
    {
        (_log, _builds) = (new TestLog(_network), new SourceBuilds(_network));
        var map = _builds.Map();
        _approval = map[1];
        _log.Block(1, map[0]);
        _log.Block(1, [.. map.Skip(1)]);
        var request = _builds.Request();
        _log.Block(1, request);
        _log.Block(1, [.. Enumerable.Range(0, 2).Select(i => _builds.Plan(request, i))]);
        var answers = Enumerable.Range(0, 3).Select(i => _builds.Answer(request, i)).ToArray();
        _log.Block(1, [.. answers.Select(a => a.Commitment)]);
        _log.Block(1, [.. answers.Take(2).Select(a => a.Result)]);
        _node = new ScriptedNode(_network, _log);
        _run.Node = _node.Answer;
        _run.Variables["PYRSIA_NETWORK"] = _run["network.json"];
        File.WriteAllBytes(_run["network.json"], _network.File.ToBytes());
    }

    public void Dispose()
    {
        _run.Dispose();
        _network.Dispose();
    }

    private int IndexOf(EntryType type) => _log.Entries.FindIndex(e => e.Type == type);

    /// <summary>Shows another entry in place of one, as a node that lies would.</summary>
    private void Replace(SignedEntry entry, SignedEntry other) => _node.Bend = (path, bytes) => path.StartsWith("/log/tile/entries/", StringComparison.Ordinal)
        ? EntryBundle.Encode([.. _log.Entries.Select(e => ReferenceEquals(e, entry) ? other.Leaf : e.Leaf)])
        : bytes;

    [Fact]
    public async Task An_audit_takes_proposals_approvals_plans_and_builds()
    {
        Assert.Equal(ExitCode.Done, await _run.Of("log", "audit", "--output", "json"));
        var counts = JsonDocument.Parse(_run.Out).RootElement.GetProperty("entries");
        foreach (var (type, count) in new[] { ("mapping-proposal", 1), ("mapping-approval", 3), ("build-plan", 2), ("commitment", 3), ("build-result", 2), ("verified", 1) }) Assert.Equal(count, counts.GetProperty(type).GetInt32());
    }

    [Fact]
    public async Task An_audit_finds_an_approval_that_no_authority_signed_and_a_proposal_of_another_key()
    {
        Replace(_approval, new EntrySigner(_network.Asker).Sign(_approval.Body!));
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("log", "audit"));
        Assert.Contains("is not by the authority a0", _run.Error, StringComparison.Ordinal);
        var proposal = (SignedEntry)_log.Entries[0];
        Replace(proposal, new EntrySigner(_network.Operator).Sign(proposal.Body!));
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("log", "audit"));
        Assert.Contains("another network or proposer", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("org.acme:lib:1.0", "org/acme/lib/1.0/lib-1.0.jar")]
    [InlineData("org.acme:api:1.0", "org/acme/api/1.0/api-1.0.jar")]
    public async Task Every_module_of_a_build_has_its_proof(string gav, string main)
    {
        var digest = SourceBuilds.Outputs().Single(o => o.Name == main).Digest.ToString();
        Assert.Equal(ExitCode.Done, await _run.Of("verify", gav, "--output", "json"));
        Assert.Equal(digest, JsonDocument.Parse(_run.Out).RootElement.GetProperty("digest").GetString());
        var path = _run["lib.bundle.json"];
        Assert.Equal(ExitCode.Done, await _run.Of("bundle", gav, "-o", path));
        Assert.Contains(digest, _run.Out, StringComparison.Ordinal);
        _run.Node = null;
        Assert.Equal(ExitCode.Done, await _run.Of("verify", gav, "--bundle", path, "--offline"));
        Assert.Equal(ExitCode.VerificationFailed, await _run.Of("verify", "org.acme:other:1.0", "--bundle", path, "--offline"));
    }

    [Fact]
    public async Task A_rebuild_needs_a_result_of_a_build_and_its_builder_image()
    {
        Assert.Equal(ExitCode.NotFound, await _run.Of("build", "rebuild", $"{IndexOf(EntryType.BuildRequest)}"));
        Assert.Contains("(not-a-build)", _run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, await _run.Of("build", "rebuild", "999"));
        foreach (var type in new[] { EntryType.BuildResult, EntryType.Verified })
        {
            Assert.Equal(ExitCode.NotFound, await _run.Of("build", "rebuild", $"{IndexOf(type)}", "--builder-images", _run["none"]));
            Assert.Contains("(no-builder-image)", _run.Error, StringComparison.Ordinal);
        }
        Directory.CreateDirectory(_run["kept"]);
        Assert.Equal(ExitCode.Usage, await _run.Of("build", "rebuild", $"{IndexOf(EntryType.Verified)}", "--keep", _run["kept"]));
    }

    [Fact]
    public async Task A_rebuild_does_not_begin_with_provenance_that_is_not_in_the_tree()
    {
        var result = (SignedEntry)_log.Entries[IndexOf(EntryType.BuildResult)];
        Replace(result, _builds.Answer((SignedEntry)_log.Entries[IndexOf(EntryType.BuildRequest)], 0, SourceBuilds.Outputs("a lie")).Result);
        foreach (var type in new[] { EntryType.BuildResult, EntryType.Verified }) Assert.Equal(ExitCode.VerificationFailed, await _run.Of("build", "rebuild", $"{IndexOf(type)}"));
    }
}
