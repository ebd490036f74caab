using System.Buffers.Binary;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>A backup of an authority that has voted, restored, and forged.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class BackupTests(VotedNetwork network) : IClassFixture<VotedNetwork>, IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private string _backup = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _backup = _directory["a1.backup"];
        await MustAsync("backup", _backup, network.Data);
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_is_restored_is_what_was_backed_up_but_never_votes()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_backup));
        var data = _directory["restored"];
        Directory.CreateDirectory(data);
        Assert.Contains("does not vote", (await MustAsync("restore", _backup, data, "--verify")).Output, StringComparison.Ordinal);
        var (before, after) = (await InspectAsync(network.Data), await InspectAsync(data));
        foreach (var same in new[] { "log", "finalized", "keys", "chainId" }) Assert.Equal(before[same]!.ToJsonString(), after[same]!.ToJsonString());
        Assert.True((bool)before["mayVote"]!);
        Assert.False((bool)after["mayVote"]!);
        Assert.Contains("restored from a backup", (string)after["notVotingBecause"]!, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data + ".restoring"));
        await RefusedAsync(_backup, data, "is not empty");

        await MustAsync("backup", _directory.Path, data);
        var again = Assert.Single(Directory.GetFiles(_directory.Path, "*.pyrsia-backup"));
        Assert.Equal(await EntriesAsync(_backup), await EntriesAsync(again));
    }

    [Fact]
    public async Task A_backup_goes_into_PostgreSQL_and_out_of_it()
    {
        await using var server = await PostgresServer.StartAsync(Cancel);
        string[] storage = ["--storage", "postgres", "--connection-string", server.ConnectionString("a1")];
        await MustAsync("restore", _backup, _directory["data"], [.. storage, "--verify"]);
        var report = await InspectAsync(_directory["data"], storage);
        Assert.Equal((await InspectAsync(network.Data))["log"]!.ToJsonString(), report["log"]!.ToJsonString());
        Assert.Contains("restored from a backup", (string)report["notVotingBecause"]!, StringComparison.Ordinal);
        await MustAsync("backup", _directory["from-postgres"], _directory["data"], storage);
        Assert.Equal(await EntriesAsync(_backup), await EntriesAsync(_directory["from-postgres"]));
        await RefusedAsync(_backup, _directory["other"], "has tables, and a restore replaces nothing", storage);
    }

    [Theory]
    [InlineData("keys/cosigner.key")]
    [InlineData("log/entries/0")]
    [InlineData("blocks/2")]
    public async Task A_backup_in_which_a_byte_was_changed_is_refused(string entry)
    {
        await ForgeAsync(_directory["changed"], entry, withDigest: false);
        await RefusedAsync(_directory["changed"], _directory["data"], "was not restored");
    }

    [Fact]
    public async Task A_backup_that_was_cut_off_is_refused()
    {
        var bytes = await File.ReadAllBytesAsync(_backup, Cancel);
        foreach (var length in new[] { 0, 700, bytes.Length / 2, bytes.Length - 2048 })
        {
            await File.WriteAllBytesAsync(_directory["cut"], bytes[..length], Cancel);
            await RefusedAsync(_directory["cut"], _directory["data"], "was not restored");
        }
    }

    /// <summary>Who can write the file can write its digest too: what counts is what others have signed.</summary>
    [Theory]
    [InlineData("log/entries/0", "do not lead to the root")]
    [InlineData("log/checkpoint", "checkpoint")]
    [InlineData("blocks/1", "block 1")]
    [InlineData("keys/vote.key", "other keys")]
    [InlineData("../escape", "no entry of a backup")]
    public async Task A_backup_that_was_changed_and_given_a_new_digest_is_refused(string entry, string message)
    {
        await ForgeAsync(_directory["forged"], entry);
        await RefusedAsync(_directory["forged"], _directory["data"], message, "--verify");
        Assert.False(File.Exists(_directory["escape"]));
    }

    [Fact]
    public async Task A_running_authority_is_not_backed_up()
    {
        var data = _directory["data"];
        await Command.MustAsync("cp", "-a", network.Data, data);
        await using var authority = Daemon.Start(Programs.Authority, "--data-dir", data, "--network", network.File, "--port", "0", "--listen", "/ip4/127.0.0.1/tcp/0");
        await authority.HearAsync("Listening for peers", Cancel);
        var refused = await RunAsync("backup", _directory["never"], data);
        Assert.True(refused.ExitCode == 1, refused.ToString());
        Assert.Contains("in use by another process", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory["never"]));
    }

    private Task<CommandResult> RunAsync(string command, string file, string data, params string[] more) =>
        Command.RunAsync(Programs.Authority, [command, file, "--data-dir", data, "--network", network.File, .. more]);

    private async Task<CommandResult> MustAsync(string command, string file, string data, params string[] more)
    {
        var result = await RunAsync(command, file, data, more);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task RefusedAsync(string backup, string data, string message, params string[] more)
    {
        var existed = Directory.Exists(data);
        var result = await RunAsync("restore", backup, data, more);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Equal(existed, Directory.Exists(data));
        Assert.False(Directory.Exists(data + ".restoring"));
    }

    private async Task<JsonNode> InspectAsync(string data, params string[] more)
    {
        var result = await Command.RunAsync(Programs.Authority, ["inspect", "--data-dir", data, "--network", network.File, "--output", "json", .. more]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return JsonNode.Parse(result.Output)!;
    }

    /// <summary>Names and digests of all entries but those that say when it was made.</summary>
    private static async Task<string[]> EntriesAsync(string backup)
    {
        var entries = await ReadAsync(backup);
        return [.. entries.Where(e => e.Name is not ("backup.json" or "digest")).Select(e => $"{e.Name} {Convert.ToHexString(SHA256.HashData(e.Bytes))}")];
    }

    private static async Task<List<(string Name, byte[] Bytes)>> ReadAsync(string backup)
    {
        await using var file = File.OpenRead(backup);
        await using var tar = new TarReader(file);
        var entries = new List<(string Name, byte[] Bytes)>();
        while (await tar.GetNextEntryAsync(copyData: true, Cancel) is { } entry)
        {
            var bytes = new byte[entry.Length];
            if (entry.DataStream is { } data) await data.ReadExactlyAsync(bytes, Cancel);
            entries.Add((entry.Name, bytes));
        }
        return entries;
    }

    /// <summary>Changes a byte of an entry, or adds the entry, and gives the whole a digest that fits.</summary>
    private async Task ForgeAsync(string path, string name, bool withDigest = true)
    {
        var entries = await ReadAsync(_backup);
        var before = entries[^1];
        entries.RemoveAt(entries.Count - 1);
        var at = entries.FindIndex(e => e.Name == name);
        if (at < 0) entries.Add((name, [1]));
        else entries[at] = (name, Forged(name, entries[at].Bytes));
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (entry, bytes) in entries)
        {
            var length = new byte[9];
            BinaryPrimitives.WriteInt64BigEndian(length.AsSpan(1), bytes.Length);
            foreach (var part in new[] { Encoding.UTF8.GetBytes(entry), length, bytes }) digest.AppendData(part);
        }
        entries.Add(!withDigest ? before : ("digest", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest.GetHashAndReset()))));
        await using var file = File.Create(path);
        await using var tar = new TarWriter(file);
        foreach (var (entry, bytes) in entries) await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(bytes) }, Cancel);
    }

    private static byte[] Forged(string name, byte[] bytes)
    {
        if (name == "keys/vote.key") return Encoding.ASCII.GetBytes($"ed25519 {Convert.ToBase64String(new byte[32])}\n");
        var forged = bytes.ToArray();
        var at = name == "log/checkpoint" ? forged.Length - 10 : forged.Length / 2;
        forged[at] = (byte)(forged[at] == 'A' ? 'B' : 'A');
        return forged;
    }
}
