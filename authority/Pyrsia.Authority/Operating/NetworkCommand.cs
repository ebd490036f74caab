using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Pyrsia.Authority.Keys;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Operating;

/// <summary><c>pyrsia-authority network make</c>: joins what <c>init</c> has printed for each authority into the network file that all of them trust.</summary>
internal static class NetworkCommand
{
    internal static Command Create()
    {
        var origin = new Option<string>("--origin") { HelpName = "ORIGIN", Description = "The log's name, the same that the keys were made with.", Required = true };
        var members = new Option<string[]>("--member") { HelpName = "FILE=MULTIADDR", Description = "What 'init' printed for an authority, and where peers reach it, as a1.json=/dns4/a1.example.org/tcp/44000. Once for each.", Required = true };
        var threshold = new Option<int?>("--threshold") { HelpName = "K", Description = "How many builders must agree. Default: one more than may be faulty, at least two." };
        var output = new Option<string>("--out") { HelpName = "FILE", Description = "The network file to write, which must not be there.", Required = true };
        var make = new Command("make", "Make the network file of a new network.") { origin, members, threshold, output };
        make.SetAction(result =>
        {
            var path = Path.GetFullPath(result.GetValue(output)!);
            var network = Join(result.GetValue(origin)!, result.GetValue(members)!, result.GetValue(threshold));
            if (File.Exists(path)) throw new StartupException($"{path} exists and is not replaced: a new file would be another network.", "Move it away, or give another --out.");
            try
            {
                DurableFile.Write(path, network.ToBytes());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new StartupException($"{path} cannot be written: {e.Message}", "Give another --out.", inner: e);
            }
            Console.Out.WriteLine($"Wrote {path}: network {network.Genesis.ChainId.Value}, {network.Genesis.Authorities.Length} authorities, of which {network.Genesis.FaultTolerance} may fail; {network.Genesis.Threshold} builders must agree.");
        });
        return new Command("network", "Network files.") { make };
    }

    private static NetworkFile Join(string origin, string[] members, int? threshold)
    {
        var parsed = members.Select(Read).ToArray();
        var parts = new GenesisDocument.Parts(
            origin, threshold ?? GenesisDocument.DefaultThreshold(parsed.Length), [.. parsed.Select(m => m.Builder)], [.. parsed.Select(m => m.Authority)], GenesisDocument.DefaultNaming, BuildDeadlines.Default,
            TestNetwork: false, OperatorKey: null, RandomNumberGenerator.GetBytes(GenesisDocument.NonceLength));
        return GenesisDocument.TryCreate(parts, out var genesis, out var error)
            ? new NetworkFile(genesis, bootstrap: [.. parsed.Select(m => m.Address)])
            : throw new StartupException($"These members make no network: {error}", "Give --member once for each authority, with files that 'init' printed for this --origin.");
    }

    private static (AuthorityMember Authority, BuilderMember Builder, string Address) Read(string option)
    {
        var at = option.LastIndexOf('=');
        if (at <= 0 || !Multiaddr.TryParse(option[(at + 1)..], out _)) throw new StartupException($"--member {option} names no file and address.", "Write a1.json=/dns4/a1.example.org/tcp/44000", isUsage: true);
        try
        {
            var keys = JsonSerializer.Deserialize(File.ReadAllBytes(option[..at]), AuthorityKeysJsonContext.Default.AuthorityPublicKeys) ?? throw new JsonException("it is null");
            if (Ed25519PublicKey.TryCreate(Convert.FromBase64String(keys.VoteKey), out var vote) && VerifierKey.TryParse(keys.Cosigner, out var cosigner) && VerifierKey.TryParse(keys.Log, out var log)
                && P256PublicKey.TryFromSpki(Convert.FromBase64String(keys.BuilderKey), out var builder))
                return (new AuthorityMember(keys.Name, keys.Organisation, keys.PeerId, vote, cosigner, log), new BuilderMember(keys.Name, keys.Organisation, builder), $"{option[(at + 1)..]}/p2p/{keys.PeerId}");
            throw new FormatException("a key in it is malformed");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException or ArgumentException)
        {
            throw new StartupException($"{option[..at]} is not what 'pyrsia-authority init' prints: {e.Message}", "Give the line that it printed for this authority, unchanged.", inner: e);
        }
    }
}
