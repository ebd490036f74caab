using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pyrsia.Testing;

/// <summary>A PKCS#11 token of SoftHSM2, in a folder of its own, into which keys are put by their PEM.</summary>
public sealed partial class SoftToken
{
    /// <summary>Debian's SoftHSM2.</summary>
    public const string Module = "/usr/lib/softhsm/libsofthsm2.so";

    /// <summary>The token's label and its PIN.</summary>
    public const string Label = "pyrsia", Pin = "4711";

    private readonly string _configuration;
    private int _keys;

    private SoftToken(string configuration) => _configuration = configuration;

    /// <summary>The variable by which the module finds its tokens, and its value.</summary>
    public (string Name, string Value) Variable => ("SOFTHSM2_CONF", _configuration);

    /// <summary>Makes an empty token below a folder.</summary>
    public static SoftToken Create(string folder)
    {
        var tokens = Path.Combine(folder, "tokens");
        Directory.CreateDirectory(tokens);
        var configuration = Path.Combine(folder, "softhsm2.conf");
        File.WriteAllText(configuration, $"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n");
        var token = new SoftToken(configuration);
        token.Run("--init-token", "--free", "--label", Label, "--pin", Pin, "--so-pin", Pin);
        return token;
    }

    /// <summary>Lets the module find the token in this process: it reads the C library's environment, which .NET's own does not change.</summary>
    public void UseInThisProcess() => _ = SetEnvironment(Variable.Name, Variable.Value, 1);

    /// <summary>Puts a key into the token, and names it.</summary>
    /// <returns>Its URI.</returns>
    public string Import(string label, string pem)
    {
        var file = _configuration + ".pem";
        File.WriteAllText(file, pem);
        Run("--import", file, "--token", Label, "--label", label, "--id", $"{++_keys:x2}", "--pin", Pin);
        File.Delete(file);
        return $"pkcs11:token={Label};object={label}?module-path={Module}";
    }

    private void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("softhsm2-util", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Variable.Name] = Variable.Value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"softhsm2-util {string.Join(' ', arguments)}: {output}{error.Result}");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
