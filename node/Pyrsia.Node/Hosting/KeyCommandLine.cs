using System.CommandLine;
using Pyrsia.Keys;

namespace Pyrsia.Node.Hosting;

/// <summary>What opens locked keys: from the environment, or from files that only their owner may read, and never from a command line itself.</summary>
/// <param name="source">Where values come from that the command line does not give.</param>
/// <param name="tokens">Whether keys may be in a token: an authority's may.</param>
public sealed class KeyCommandLine(OptionSource source, bool tokens)
{
    private const string Passphrase = "key-passphrase";
    private const string Pin = "token-pin";

    private readonly Option<string?> _passphrase = new("--" + Passphrase) { HelpName = "@FILE", Description = "File of mode 0600 with the passphrase of encrypted keys; or set PYRSIA_KEY_PASSPHRASE." };

    private readonly Option<string?> _pin = new("--" + Pin) { HelpName = "@FILE", Description = "File of mode 0600 with the PIN of the PKCS#11 token that keys are in; or set PYRSIA_TOKEN_PIN." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        command.Options.Add(_passphrase);
        if (tokens) command.Options.Add(_pin);
    }

    /// <summary>Takes the values of a parsed command line.</summary>
    /// <exception cref="StartupException">A secret stands where everybody can read it, or its file cannot be used.</exception>
    public KeySecrets Read(ParseResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new KeySecrets(Secret(Passphrase, result.GetValue(_passphrase)), tokens ? Secret(Pin, result.GetValue(_pin)) : null);
    }

    private string? Secret(string option, string? argument)
    {
        var variable = source.FromEnvironment(option);
        try
        {
            return KeySecrets.Find(option, argument ?? (variable is null ? source.Value(option) : null), variable);
        }
        catch (KeyFileException e)
        {
            throw new StartupException($"--{option}: {e.Message}.", e.Advice, isUsage: true, e);
        }
    }
}
