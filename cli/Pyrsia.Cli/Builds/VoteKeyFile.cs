using System.Globalization;
using Pyrsia.Curve25519;
using Pyrsia.Keys;

namespace Pyrsia.Cli.Builds;

/// <summary>Opens the vote key that <c>pyrsia-authority init</c> wrote into an authority's keys folder.</summary>
internal static class VoteKeyFile
{
    /// <summary>The option that names the passphrase's file.</summary>
    public const string PassphraseOption = "key-passphrase";

    /// <summary>The variable that holds the passphrase.</summary>
    public const string PassphraseVariable = "PYRSIA_KEY_PASSPHRASE";

    /// <summary>The option that names the file of a token's PIN.</summary>
    public const string PinOption = "token-pin";

    /// <summary>The variable that holds the PIN.</summary>
    public const string PinVariable = "PYRSIA_TOKEN_PIN";

    /// <summary>Opens the key of a folder that is the sitting one, which may be in a token.</summary>
    /// <param name="folder">The folder. After a set change it has several vote keys.</param>
    /// <param name="sitting">The vote keys of the sitting authorities.</param>
    /// <param name="passphrase">What its option says; null when it was not given.</param>
    /// <param name="pin">What its option says; null when it was not given.</param>
    /// <param name="variables">Reads an environment variable.</param>
    /// <exception cref="CliException">There is none, it is malformed, others may read it, or it does not open.</exception>
    public static IEd25519Signer Read(string folder, IReadOnlyCollection<Ed25519PublicKey> sitting, string? passphrase, string? pin, Func<string, string?> variables)
    {
        var path = Path.Combine(folder, "vote.key");
        if (!File.Exists(path)) throw new CliException($"There is no {path}.", "not-found", "Name the folder 'keys' of the authority's data directory with --keys DIR.", ExitCode.NotFound);
        try
        {
            var secrets = new KeySecrets(KeySecrets.Find(PassphraseOption, passphrase, variables(PassphraseVariable)), KeySecrets.Find(PinOption, pin, variables(PinVariable)));
            var key = KeyFile.OpenEd25519(path, secrets);
            for (var number = 2; !sitting.Contains(key.PublicKey) && File.Exists(NextPath(folder, number)); number++)
            {
                key.Dispose();
                key = KeyFile.OpenEd25519(NextPath(folder, number), secrets);
            }
            return key;
        }
        catch (KeyFileException e)
        {
            throw new CliException($"The vote key cannot be used: {e.Message}.", "bad-key", e.Advice, ExitCode.Failed, e);
        }
    }

    private static string NextPath(string folder, int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"vote-{number}.key"));
}
