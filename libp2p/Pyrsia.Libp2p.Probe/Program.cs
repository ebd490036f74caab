using System.CommandLine;
using Pyrsia.Libp2p;
using Pyrsia.Libp2p.Probe;

var address = new Argument<Multiaddr>("address")
{
    Description = "Where to dial, such as /ip4/192.0.2.1/tcp/4001 or /dnsaddr/example.org; with /p2p/… behind it, only that peer will do.",
    CustomParser = result =>
    {
        if (Multiaddr.TryParse(result.Tokens[0].Value, out var parsed)) return parsed;
        result.AddError($"'{result.Tokens[0].Value}' is no multiaddr; one looks like /ip4/192.0.2.1/tcp/4001.");
        return null;
    },
};
var security = new Option<SecurityProtocol?>("--security") { Description = "Speak this alone; without it Noise is proposed, then TLS." };
var pings = new Option<int>("--pings") { Description = "Round trips to measure, 0 to 100.", DefaultValueFactory = _ => 3 };
pings.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 0 or > 100) result.AddError("--pings takes a number from 0 to 100.");
});
var timeout = new Option<int>("--timeout") { Description = "Seconds that all of it may take, 1 to 600.", DefaultValueFactory = _ => 20 };
timeout.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 1 or > 600) result.AddError("--timeout takes a number from 1 to 600.");
});
var root = new RootCommand("Dials a libp2p peer and prints what it is and what it speaks. Exit code: 0 it answered, 1 it did not, 2 wrong usage.") { address, security, pings, timeout };
root.SetAction((parsed, cancellationToken) => PeerProbe.RunAsync(
    parsed.GetRequiredValue(address), parsed.GetValue(security), parsed.GetValue(pings), TimeSpan.FromSeconds(parsed.GetValue(timeout)), Console.Out, Console.Error, cancellationToken));
var command = root.Parse(args);
return command.Errors.Count > 0 ? Math.Max(2, await command.InvokeAsync()) : await command.InvokeAsync();
