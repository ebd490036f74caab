using System.CommandLine;
using System.CommandLine.Parsing;

namespace Pyrsia.Libp2p.Probe;

/// <summary>What the program takes on its command line.</summary>
public static class ProbeCommandLine
{
    /// <summary>The command that dials, with the one that serves below it.</summary>
    public static RootCommand Create()
    {
        var address = new Argument<Multiaddr>("address")
        {
            Description = "Where to dial, such as /ip4/192.0.2.1/tcp/4001 or /dnsaddr/example.org; with /p2p/… behind it, only that peer will do.",
            CustomParser = result => Parse(result).FirstOrDefault(),
        };
        var security = new Option<SecurityProtocol?>("--security") { Description = "Speak this alone; without it Noise is proposed, then TLS." };
        var pings = Number("--pings", "Round trips to measure", 3, 0, 100);
        var upgrade = Number("--upgrade", "Where the address leads over a relay: seconds to wait for a direct connection after the pings, and for as many pings then", 0, 0, 600);
        var timeout = Number("--timeout", "Seconds that all of it may take", 20, 1, 600);
        var root = new RootCommand("Dials a libp2p peer and prints what it is and what it speaks. Exit code: 0 it answered, 1 it did not, 2 wrong usage.") { address, security, pings, upgrade, timeout, Serve() };
        root.SetAction((parsed, cancellationToken) => PeerProbe.RunAsync(
            parsed.GetRequiredValue(address), parsed.GetValue(security), parsed.GetValue(pings), TimeSpan.FromSeconds(parsed.GetValue(upgrade)), TimeSpan.FromSeconds(parsed.GetValue(timeout)), Console.Out, Console.Error, cancellationToken));
        return root;
    }

    private static Command Serve()
    {
        var listen = Addresses("--listen", "Where to listen; may be given several times.", Multiaddr.Parse("/ip4/0.0.0.0/tcp/0"));
        var over = Addresses("--over", "A relay, …/p2p/ID, to be reached over; may be given several times.");
        var relay = new Option<bool>("--relay") { Description = "Carry circuits for others, within limits." };
        var serve = new Command("serve", "Listens, prints where and who comes, and finds out whether it is reached from outside, until it is stopped.") { listen, relay, over };
        serve.SetAction((parsed, cancellationToken) => PeerServer.RunAsync(
            parsed.GetRequiredValue(listen), parsed.GetValue(relay), parsed.GetRequiredValue(over), Console.Out, Console.Error, cancellationToken));
        return serve;
    }

    private static Option<int> Number(string name, string description, int fallback, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description}, {least} to {most}.", DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > most)) result.AddError($"{name} takes a number from {least} to {most}.");
        });
        return option;
    }

    private static Option<Multiaddr[]> Addresses(string name, string description, params Multiaddr[] fallback) =>
        new(name) { Description = description, CustomParser = Parse, DefaultValueFactory = _ => fallback };

    private static Multiaddr[] Parse(ArgumentResult result)
    {
        var parsed = new List<Multiaddr>();
        foreach (var token in result.Tokens)
        {
            if (Multiaddr.TryParse(token.Value, out var one)) parsed.Add(one);
            else result.AddError($"'{token.Value}' is no multiaddr; one looks like /ip4/192.0.2.1/tcp/4001.");
        }
        return [.. parsed];
    }
}
