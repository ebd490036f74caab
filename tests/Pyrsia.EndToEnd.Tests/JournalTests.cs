using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>What an authority does when the files that bind its votes were torn, damaged or lost.</summary>
public sealed class JournalTests(VotedNetwork network) : IClassFixture<VotedNetwork>, IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = new();
    private readonly int _port = FreePort.Find();
    private string _data = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Journal => Path.Combine(_data, "journal", "epoch-0.journal");

    public async ValueTask InitializeAsync()
    {
        _data = _directory["data"];
        await Command.MustAsync("cp", "-a", network.Data, _data);
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private string[] Arguments => ["--data-dir", _data, "--network", network.File, "--port", $"{_port}", "--listen", "/ip4/127.0.0.1/tcp/0"];

    private Daemon Start() => Daemon.Start(Programs.Authority, Arguments);

    private async Task SaysAsync(string text)
    {
        await using var authority = Start();
        await authority.HearAsync("Listening for peers", Cancel);
        await Readiness.SaysAsync(_http, new Uri($"http://127.0.0.1:{_port}"), text, Cancel);
    }

    private async Task RefusedAsync(string message)
    {
        var result = await Command.RunAsync(Programs.Authority, Arguments);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_tail_is_cut_off_and_the_authority_votes_on()
    {
        using (var file = new FileStream(Journal, FileMode.Open)) file.SetLength(file.Length - 3);
        await SaysAsync("authorities answer");
    }

    [Fact]
    public async Task Damage_in_the_middle_is_refused()
    {
        using (var file = new FileStream(Journal, FileMode.Open))
        {
            file.Position = file.Length / 2;
            var value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 0xff));
        }
        await RefusedAsync("damaged");
    }

    [Fact]
    public async Task An_authority_whose_journal_is_gone_follows_and_says_that_it_does_not_vote()
    {
        File.Delete(Journal);
        await SaysAsync("does not vote");
    }

    [Fact]
    public async Task Damage_in_the_middle_of_the_log_is_refused()
    {
        var tail = Path.Combine(_data, "log", "tail-0");
        var bytes = await File.ReadAllBytesAsync(tail, Cancel);
        bytes[20] ^= 1;
        await File.WriteAllBytesAsync(tail, bytes, Cancel);
        await RefusedAsync("is damaged at byte 0");
    }

    [Fact]
    public async Task A_torn_tail_of_the_log_is_cut_off()
    {
        await File.AppendAllBytesAsync(Path.Combine(_data, "log", "tail-0"), [0, 0, 0, 100, 1, 2, 3], Cancel);
        await SaysAsync("authorities answer");
    }
}
