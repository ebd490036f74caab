using Pyrsia.Provenance.Network;

namespace Pyrsia.Cli;

/// <summary>Reads network files from disk.</summary>
internal static class NetworkFiles
{
    private const string HowToGet = "Get the network file from somebody you trust and name it with --network FILE or PYRSIA_NETWORK, or put it at ~/.config/pyrsia/network.json; `pyrsia testnet init` writes one of a local network.";

    public static NetworkFile Read(string path)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(path).Length > NetworkFile.MaxBytes) throw CliException.Usage($"The network file {path} is longer than {NetworkFile.MaxBytes} bytes.", HowToGet);
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CliException.Usage($"There is no network file at {path}, so nothing can be verified.", HowToGet);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"The network file {path} cannot be read: {e.Message}", HowToGet);
        }
        return Parse(bytes, path);
    }

    public static NetworkFile Parse(byte[] bytes, string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return NetworkFile.TryParse(bytes, name => ReadPolicy(Path.Combine(folder, name)), out var file, out var error)
            ? file
            : throw CliException.Usage($"{path}: {error}", "Correct the file, or get it anew from where you have it.");
    }

    private static string? ReadPolicy(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
}
