using System.Security.Cryptography;
using System.Text;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A root file system of real Debian packages, made once and kept outside the checkout under the digest of what it is made of.</summary>
public static class BaseFileSystem
{
    private const string Suite = "bookworm";
    private const string Variant = "minbase";
    private const string Include = "perl,openssl,ca-certificates";

    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>Path of the layer: the file system as tar, compressed by gzip.</summary>
    public static async Task<string> LayerAsync(CancellationToken cancellationToken)
    {
        var cache = TestCache.Directory;
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Suite} {Variant} {Include} with archives, gzip -1")))[..16];
        var layer = Path.Combine(cache, $"rootfs-{name}.tar.gz");
        await Gate.WaitAsync(cancellationToken);
        try
        {
            if (!File.Exists(layer)) await MakeAsync(cache, layer);
            return layer;
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task MakeAsync(string cache, string layer)
    {
        Directory.CreateDirectory(cache);
        var root = Path.Combine(cache, $"making-{Guid.NewGuid():N}");
        try
        {
            await Command.MustAsync("debootstrap", $"--variant={Variant}", $"--include={Include}", Suite, root);
            await Command.MustAsync("sh", "-c", $"tar -C '{root}' --sort=name --mtime=@0 --exclude='./proc/*' --exclude='./dev/*' --exclude='./sys/*' -cf - . | gzip -1 -n > '{layer}.part' && mv '{layer}.part' '{layer}'");
        }
        finally
        {
            await Command.RunAsync("rm", ["-rf", "--one-file-system", root]);
        }
    }
}
