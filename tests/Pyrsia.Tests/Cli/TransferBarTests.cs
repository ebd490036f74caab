using Pyrsia.Cli;
using Pyrsia.Cli.Output;
using Xunit;

namespace Pyrsia.Tests.Cli;

public sealed class TransferBarTests
{
    private static async Task<string> DrawnAsync(bool terminal, bool quiet = false, bool json = false)
    {
        var error = new StringWriter();
        var environment = new CliEnvironment(
            TextWriter.Null, () => Stream.Null, error, _ => null, TimeProvider.System, () => new HttpClientHandler(), AppContext.BaseDirectory, OutIsTerminal: false, ErrorIsTerminal: terminal);
        using var context = new CliContext(environment, "http://127.0.0.1:7888", "network.json", json, quiet, noColor: true);
        var answer = await TransferBar.RunAsync(context, "Pulling [it]", progress =>
        {
            progress(250_000, 0);
            progress(500_000, 1_000_000);
            progress(1_000_000, 1_000_000);
            return Task.FromResult(42);
        });
        Assert.Equal(42, answer);
        return error.ToString();
    }

    [Fact]
    public async Task On_a_terminal_the_bytes_that_have_come_are_drawn() => Assert.Contains("Pulling [it]", await DrawnAsync(terminal: true), StringComparison.Ordinal);

    [Fact]
    public async Task Nothing_is_drawn_where_nobody_watches_or_a_program_reads()
    {
        Assert.Equal("", await DrawnAsync(terminal: false));
        Assert.Equal("", await DrawnAsync(terminal: true, quiet: true));
        Assert.Equal("", await DrawnAsync(terminal: true, json: true));
    }
}
