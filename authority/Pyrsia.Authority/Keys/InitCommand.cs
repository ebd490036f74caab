using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Authority.Keys;

/// <summary><c>pyrsia-authority init</c>: makes the keys of a new authority and prints what the network file says of it.</summary>
internal static class InitCommand
{
    internal static Command Create(OptionSource source)
    {
        var directory = new Option<string>("--data-dir") { HelpName = "DIR", Description = "The new authority's data directory.", Required = true };
        var name = new Option<string>("--name") { HelpName = "NAME", Description = "Its name, unique in the network.", Required = true };
        var organisation = new Option<string>("--organisation") { HelpName = "ORG", Description = "Who runs it.", Required = true };
        var origin = new Option<string>("--origin") { HelpName = "ORIGIN", Description = "The log's name, such as log.example.org/pyrsia.", Required = true };
        var inToken = new Option<string[]>("--token-key") { HelpName = "NAME=URI", Description = "A key that is in a PKCS#11 token already, for vote, cosigner, log or builder, as vote=pkcs11:token=a1;object=vote?module-path=/PATH/TO/MODULE.so. Repeatable; the others are made as files." };
        var secrets = new KeyCommandLine(source, tokens: true);
        var command = new Command("init", "Make the keys of a new authority and print its public part as JSON. With a passphrase the keys are encrypted.") { directory, name, organisation, origin, inToken };
        secrets.AddTo(command);
        command.SetAction(result =>
        {
            var (self, log) = (result.GetValue(name)!, result.GetValue(origin)!);
            if (!VerifierKey.IsValidName(log) || !VerifierKey.IsValidName(self)) throw new StartupException("Names and origins have no white space and no '+'.", "Choose another --name or --origin.", isUsage: true);
            using var keys = AuthorityKeys.Create(Path.GetFullPath(result.GetValue(directory)!), secrets.Read(result), TokenKeys(result.GetValue(inToken)!));
            var member = new AuthorityPublicKeys(
                self, result.GetValue(organisation)!, keys.Identity.PeerId.ToString(), Convert.ToBase64String(keys.Vote.PublicKey.Bytes),
                new VerifierKey($"{self}.{log}", NoteSignatureType.Cosignature, keys.Cosigner.PublicKey).ToString(),
                new VerifierKey(log, NoteSignatureType.Ed25519, keys.Log.PublicKey).ToString(), keys.Builder.PublicKey.ToString());
            Console.Out.WriteLine(JsonSerializer.Serialize(member, AuthorityKeysJsonContext.Default.AuthorityPublicKeys));
        });
        return command;
    }

    private static Dictionary<string, string> TokenKeys(string[] options)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in options)
        {
            var at = option.IndexOf('=', StringComparison.Ordinal);
            if (at < 0 || !AuthorityKeys.Names.Contains(option[..at]) || !keys.TryAdd(option[..at], option[(at + 1)..]))
                throw new StartupException($"'{option}' is no key in a token.", $"Write --token-key NAME=URI, once for each of {string.Join(", ", AuthorityKeys.Names)}.", isUsage: true);
        }
        return keys;
    }
}

/// <summary>The public part of an authority, as the network file wants it.</summary>
internal sealed record AuthorityPublicKeys(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("organisation")] string Organisation,
    [property: JsonPropertyName("peerId")] string PeerId,
    [property: JsonPropertyName("voteKey")] string VoteKey,
    [property: JsonPropertyName("cosigner")] string Cosigner,
    [property: JsonPropertyName("log")] string Log,
    [property: JsonPropertyName("builderKey")] string BuilderKey);

[JsonSourceGenerationOptions(WriteIndented = false, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AuthorityPublicKeys))]
internal sealed partial class AuthorityKeysJsonContext : JsonSerializerContext;
