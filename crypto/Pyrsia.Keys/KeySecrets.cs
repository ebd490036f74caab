namespace Pyrsia.Keys;

/// <summary>What opens private keys that are locked. A class without a text form, so that no log prints it.</summary>
/// <param name="passphrase">Of encrypted PEM files; null when none was given.</param>
/// <param name="pin">Of PKCS#11 tokens; null when none was given.</param>
public sealed class KeySecrets(string? passphrase = null, string? pin = null)
{
    /// <summary>Nothing is locked.</summary>
    public static KeySecrets None { get; } = new();

    /// <summary>The passphrase of encrypted PEM files; null when none was given.</summary>
    public string? Passphrase { get; } = passphrase;

    /// <summary>The PIN of PKCS#11 tokens; null when none was given.</summary>
    public string? Pin { get; } = pin;

    /// <summary>Finds a secret that was given by an environment variable, or by a file that only its owner may read; never by a command line itself.</summary>
    /// <param name="option">The option's name, for messages: <c>key-passphrase</c>.</param>
    /// <param name="argument">What stands on the command line or in a configuration file: <c>@FILE</c>.</param>
    /// <param name="variable">The environment variable's value, which an argument goes before.</param>
    /// <returns>Null when neither was given.</returns>
    /// <exception cref="KeyFileException">The secret stands where others can read it, or its file cannot be used.</exception>
    public static string? Find(string option, string? argument, string? variable)
    {
        ArgumentNullException.ThrowIfNull(option);
        if (argument is null) return string.IsNullOrEmpty(variable) ? null : variable;
        if (!argument.StartsWith('@'))
            throw new KeyFileException("a secret on a command line or in a configuration file can be read by others", $"Put it into a file of mode 0600 and give --{option} @FILE, or set PYRSIA_{option.ToUpperInvariant().Replace('-', '_')}.");
        var secret = KeyFile.Read(argument[1..]);
        return secret.Length > 0 ? secret : throw new KeyFileException($"{argument[1..]} is empty", "Put the secret into it.");
    }
}
