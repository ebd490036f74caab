using System.Data.Common;

namespace Pyrsia.Keys;

/// <summary>The connection string of a database. A password in it comes by environment or by a file that only its owner may read, and never by a command line.</summary>
public static class ConnectionText
{
    /// <summary>What Npgsql calls a password, and a client key's passphrase; case does not matter.</summary>
    private static readonly string[] Secrets = ["password", "pwd", "psw", "ssl password", "sslpassword"];

    /// <summary>Takes a connection string, out of its file where it is in one.</summary>
    /// <param name="text">The connection string, or <c>@FILE</c>.</param>
    /// <param name="onCommandLine">Whether it stands on a command line, which everybody on a machine can read.</param>
    /// <param name="otherwise">What to do about a password on a command line.</param>
    /// <exception cref="KeyFileException">A password stands where others can read it, the file cannot be used, or the text is no connection string.</exception>
    public static string Read(string text, bool onCommandLine, string otherwise)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith('@')) return KeyFile.Read(text[1..], HasPassword);
        if (onCommandLine && HasPassword(text)) throw new KeyFileException("a password on a command line can be read by everybody on the machine", otherwise);
        return text;
    }

    private static bool HasPassword(string text)
    {
        try
        {
            var values = new DbConnectionStringBuilder { ConnectionString = text };
            return Array.Exists(Secrets, name => values.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 });
        }
        catch (ArgumentException e)
        {
            throw new KeyFileException($"the connection string is malformed: {e.Message}", "Write it as Host=db;Port=5432;Database=pyrsia;Username=a1;Password=…;Search Path=a1.", e);
        }
    }
}
