using System.Text.Json;
using Pyrsia.Cli;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Curve25519;
using Pyrsia.Keys;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing.Provenance;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class MappingCommandTests : IDisposable
{
    private readonly CliRun _run = new();
    private readonly TestNetwork _network = new();
    private readonly TestLog _log;
    private readonly SignedEntry _proposal;
    private MappingSubmitRequest? _submitted;
    private string? _shown;

    public MappingCommandTests()
    {
        _log = new TestLog(_network);
        _proposal = new SourceBuilds(_network).Propose();
        _log.Block(1, _proposal);
        var served = new ScriptedNode(_network, _log);
        _shown = Waiting(_proposal, 0);
        _run.Node = request =>
        {
            switch (request.RequestUri!.AbsolutePath)
            {
                case ApiRoutes.Mapping: return CliRun.Json(_shown);
                case ApiRoutes.MappingSubmit:
                    _submitted = JsonSerializer.Deserialize(request.Content!.ReadAsStream(), NodeApiJsonContext.Default.MappingSubmitRequest);
                    return CliRun.Json($$"""{"mapping_id":"{{_proposal.PayloadDigest.Hex}}","message":"It is logged now.","quorum":true}""");
                default: return served.Answer(request);
            }
        };
        File.WriteAllBytes(_run["network.json"], _network.File.ToBytes());
    }

    public void Dispose()
    {
        _run.Dispose();
        _network.Dispose();
    }

    private static string Waiting(SignedEntry proposal, long index) =>
        $$"""{"waiting":[{"mapping_id":"{{proposal.PayloadDigest.Hex}}","index":{{index}},"coordinates":["maven:org.acme:lib:1.0"],"source":{"kind":"git","url":"https://git.example.org/acme/lib.git","revision":"aa"},"approvals":["a2"],"needed":3}]}""";

    private string WriteKey(Ed25519PrivateKey key, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var folder = _run["keys"];
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "vote.key");
        File.WriteAllText(path, $"ed25519 {Convert.ToBase64String(key.ExportSeed())}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
        return folder;
    }

    private Task<int> Approve(string keys) => _run.Of("mapping", "approve", _proposal.PayloadDigest.Hex, "--keys", keys, "--network", _run["network.json"]);

    [Fact]
    public async Task An_operator_approves_with_the_vote_key_what_the_contributor_signed()
    {
        Assert.Equal(ExitCode.Done, await Approve(WriteKey(_network.VoteKeys[2])));
        Assert.Contains("a2 approves mapping", _run.Out, StringComparison.Ordinal);
        // What is shown is read from the signed entry, not from what the node says of it.
        Assert.Contains($"{SourceBuilds.Api}, {SourceBuilds.Lib} from {SourceBuilds.Source} (tag v1.0)", _run.Out, StringComparison.Ordinal);
        Assert.True(LogEntry.TryParse(_submitted!.Entry, out var entry, out _));
        Assert.Equal(Pyrsia.Provenance.Ledger.EntryFault.None, _log.Check(Assert.IsType<SignedEntry>(entry)));
    }

    [Fact]
    public async Task An_encrypted_vote_key_wants_its_passphrase()
    {
        var keys = WriteKey(_network.VoteKeys[2]);
        File.WriteAllBytes(Path.Combine(keys, "vote.key"), KeyFile.Encode(_network.VoteKeys[2], new KeySecrets("opensesame")));
        Assert.Equal(ExitCode.Failed, await Approve(keys));
        Assert.Contains("PYRSIA_KEY_PASSPHRASE", _run.Error, StringComparison.Ordinal);
        _run.Variables["PYRSIA_KEY_PASSPHRASE"] = "opensesame";
        Assert.Equal(ExitCode.Done, await Approve(keys));
    }

    [Fact]
    public async Task A_node_that_shows_another_proposal_under_the_id_is_found_out()
    {
        var other = new SourceBuilds(_network).Propose(SourceBuilds.Source with { Url = "https://evil.example/x.git" }, "1");
        _log.Block(1, other);
        _shown = Waiting(_proposal, 1);
        Assert.Equal(ExitCode.VerificationFailed, await Approve(WriteKey(_network.VoteKeys[2])));
        _shown = Waiting(_proposal, 99);
        Assert.Equal(ExitCode.VerificationFailed, await Approve(WriteKey(_network.VoteKeys[2])));
        _shown = """{"waiting":[]}""";
        Assert.Equal(ExitCode.NotFound, await Approve(WriteKey(_network.VoteKeys[2])));
        Assert.Null(_submitted);
    }

    [Fact]
    public async Task A_key_that_is_no_authoritys_or_that_others_can_read_is_not_used()
    {
        Assert.Equal(ExitCode.Failed, await Approve(WriteKey(_network.Asker)));
        Assert.Contains("(not-an-authority)", _run.Error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(ExitCode.Failed, await Approve(WriteKey(_network.VoteKeys[0], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead)));
            Assert.Contains("0600", _run.Error, StringComparison.Ordinal);
        }
        File.WriteAllText(Path.Combine(WriteKey(_network.VoteKeys[0]), "vote.key"), "p256 AAAA");
        Assert.Equal(ExitCode.Failed, await Approve(_run["keys"]));
        Assert.Equal(ExitCode.NotFound, await Approve(_run["none"]));
        Assert.Equal(ExitCode.Usage, await _run.Of("mapping", "approve", "xyz", "--keys", _run["keys"]));
        Assert.Null(_submitted);
    }

    [Fact]
    public async Task Show_prints_what_holds_and_what_waits()
    {
        _shown = _shown![..^1] + ""","mapped":{"coordinate":"maven:org.acme:lib:1.0","source":{"kind":"git","url":"https://x.example/y.git","revision":"bb","tag":"v1","subdirectory":"sub"},"mapping_id":"m0","index":12}}""";
        Assert.Equal(ExitCode.Done, await _run.Of("mapping", "show", "org.acme:lib:1.0"));
        foreach (var part in new[] { "git+https://x.example/y.git@bb#sub (tag v1)", "entry 12", _proposal.PayloadDigest.Hex, "1 of 3: a2" }) Assert.Contains(part, _run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await _run.Of("mapping", "show", "alpine:"));
        _shown = """{"waiting":[]}""";
        Assert.Equal(ExitCode.Done, await _run.Of("mapping", "show"));
        Assert.Contains("No proposal waits.", _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Propose_sends_coordinates_and_source()
    {
        string? body = null;
        _run.Node = request =>
        {
            body = new StreamReader(request.Content!.ReadAsStream()).ReadToEnd();
            return CliRun.Json("""{"mapping_id":"m0","message":"3 authorities must approve it.","quorum":true}""");
        };
        Assert.Equal(ExitCode.Done, await _run.Of("mapping", "propose", "--coordinate", "org.acme:lib:1.0", "--coordinate", "generic:data:1", "--source", "https://x.example/y.git", "--ref", new string('a', 40)));
        Assert.Equal($$"""{"coordinates":["maven:org.acme:lib:1.0","generic:data:1"],"source":"https://x.example/y.git","revision":"{{new string('a', 40)}}"}""", body);
        Assert.Contains("pyrsia mapping approve m0 --keys DIR", _run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await _run.Of("mapping", "propose", "--coordinate", "alpine:", "--source", "https://x.example/y.git", "--ref", new string('a', 40)));
    }
}
