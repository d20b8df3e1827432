// Verifies a proof that Tapwork's audit trail has exported, without Tapwork: dotnet run docs/verify-audit-proof.cs PROOF.json [PUBLIC-KEY.pem]
// It follows docs/audit-proof.md and uses nothing but the base class library. With a key in a file of its own, obtained another way, it does not have to
// believe the key in the proof.
#:property PublishAot=false
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

const string Format = "tapwork-audit-1";

using var proof = JsonDocument.Parse(File.ReadAllText(args[0]));
var root = proof.RootElement;
if (root.GetProperty("format").GetString() != Format)
    return Broken("this is no proof of that format");
var keys = root.GetProperty("keys").EnumerateArray().ToDictionary(k => Text(k, "id")!, k => Key(k));
var heads = root.GetProperty("heads").EnumerateArray().ToDictionary(h => h.GetProperty("sequence").GetInt64());
var sequence = root.GetProperty("before").GetProperty("sequence").GetInt64();
var hash = root.GetProperty("before").GetProperty("hash").GetBytesFromBase64();
if (sequence == 0 && !hash.SequenceEqual(SHA256.HashData(Encoding.UTF8.GetBytes(Format))))
    return Broken("the chain does not begin at its origin");

// Proofs of earlier versions do not tell withheld values from erased ones: those are counted, and the result says so.
var isTold = root.TryGetProperty("erasures", out var listed) && listed.ValueKind == JsonValueKind.True;
var gone = new Dictionary<string, (JsonElement Entry, HashSet<(string Field, int Side, string Commitment)> Values)>();
var seen = new HashSet<string>();
var (shown, left, signed) = (0, 0, 0L);
foreach (var entry in root.GetProperty("entries").EnumerateArray())
{
    if (entry.GetProperty("sequence").GetInt64() != ++sequence)
        return Broken($"entry {sequence} is missing");
    var isShown = entry.TryGetProperty("changes", out _);
    var digest = isShown ? Digest(entry) : entry.GetProperty("digest").GetBytesFromBase64();
    if (!seen.Add(Convert.ToBase64String(digest)))
        return Broken($"entry {sequence} is a copy of another");
    if (isShown)
        Cover(entry);
    (shown, left) = isShown ? (shown + 1, left) : (shown, left + 1);
    var place = new byte[8];
    BinaryPrimitives.WriteInt64BigEndian(place, sequence);
    hash = SHA256.HashData([.. hash, .. place, .. digest]);
    if (!heads.TryGetValue(sequence, out var head))
        continue;
    if (!hash.SequenceEqual(head.GetProperty("hash").GetBytesFromBase64()))
        return Broken($"what comes up to {sequence} is not what was signed");
    byte[] message = [.. Block(Format + "-head"), .. Block($"{sequence}"), .. Block(Text(head, "at")), .. Block(Text(head, "keyId")), .. Block(hash)];
    if (!keys[Text(head, "keyId")!].VerifyData(message, head.GetProperty("signature").GetBytesFromBase64(), HashAlgorithmName.SHA256))
        return Broken($"the signature at {sequence} is wrong");
    signed = sequence;
}
if (signed != sequence)
    return Broken($"what comes after {signed} is not signed");
if (isTold && gone.Count > 0)
    return Broken($"a value of entry {gone.Values.First().Entry.GetProperty("sequence")} was erased and no entry lists it");
Console.WriteLine($"proved: {shown} entries shown, {left} left out, signed up to {sequence}{(gone.Count > 0 ? $"; {gone.Count} entries have values that were erased or withheld" : "")}");
return 0;

int Broken(string why)
{
    Console.WriteLine($"NOT PROVED: {why}");
    return 1;
}

ECDsa Key(JsonElement key)
{
    var ecdsa = ECDsa.Create();
    if (args.Length > 1)
        ecdsa.ImportFromPem(File.ReadAllText(args[1]));
    else
        ecdsa.ImportSubjectPublicKeyInfo(key.GetProperty("publicKey").GetBytesFromBase64(), out _);
    return ecdsa;
}

byte[] Digest(JsonElement entry)
{
    var message = new List<byte>();
    message.AddRange(Block(Format));
    foreach (var name in (string[])["at", "actorId", "actorName", "role", "ip", "userAgent", "correlationId", "cause", "action", "recordType", "recordId", "recordVersion", "keyId"])
        message.AddRange(Block(Text(entry, name)));
    var salts = entry.GetProperty("salts").GetBytesFromBase64();
    var at = 0;
    var withheld = entry.TryGetProperty("withheld", out var names) ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet() : [];
    var lost = new HashSet<(string, int, string)>();
    using var changes = JsonDocument.Parse(Text(entry, "changes")!);
    foreach (var field in changes.RootElement.EnumerateObject())
    {
        message.AddRange(Block(field.Name));
        foreach (var (side, value) in field.Value.EnumerateArray().Index())
        {
            if (value.ValueKind == JsonValueKind.Null)
            {
                message.AddRange(Absent());
                continue;
            }
            var salt = salts[at..(at += 16)];
            var erased = salt.All(b => b == 0) ? Erased(value) : null;
            if (erased is not null && !withheld.Contains(field.Name))
                lost.Add((field.Name, side, Convert.ToBase64String(erased)));
            message.AddRange(Block(erased ?? SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(value.GetRawText())])));
        }
    }
    if (at != salts.Length)
        throw new FormatException("there are more salts than values");
    if (lost.Count > 0)
        gone[Text(entry, "mac")!] = (entry, lost);
    return SHA256.HashData([.. message, .. entry.GetProperty("mac").GetBytesFromBase64()]);
}

// What the entry lists as erased comes before it. One of an earlier version has no list: it covers all that is gone of its fields, if that is no more than it told.
void Cover(JsonElement entry)
{
    if (Text(entry, "action") != "audit.values_erased")
        return;
    using var changes = JsonDocument.Parse(Text(entry, "changes")!);
    if (changes.RootElement.TryGetProperty("Erased", out var pair))
    {
        if (pair[1].ValueKind != JsonValueKind.Object || Erased(pair[1]) is not null)
            return;
        foreach (var erased in pair[1].EnumerateObject())
            foreach (var field in erased.Value.EnumerateObject())
                foreach (var (side, commitment) in field.Value.EnumerateArray().Index())
                    if (commitment.ValueKind == JsonValueKind.String)
                        Remove(erased.Name, v => v == (field.Name, side, commitment.GetString()!));
        return;
    }
    if (!changes.RootElement.TryGetProperty("Values", out var number) || number[1].ValueKind != JsonValueKind.Number)
        return;
    var fields = changes.RootElement.TryGetProperty("Fields", out var of) && of[1].ValueKind != JsonValueKind.Null
        ? of[1].ValueKind == JsonValueKind.Array ? of[1].EnumerateArray().Select(n => n.GetString()).ToHashSet() : [] : null;
    bool IsCovered((string Field, int, string) value) => fields is null || fields.Contains(value.Field);
    var covered = gone.Where(g => Text(g.Value.Entry, "recordType") == Text(entry, "recordType") && Text(g.Value.Entry, "recordId") == Text(entry, "recordId")).ToList();
    if (covered.Sum(g => g.Value.Values.Count(IsCovered)) <= number[1].GetInt32())
        foreach (var (mac, _) in covered)
            Remove(mac, IsCovered);
}

void Remove(string mac, Predicate<(string Field, int Side, string Commitment)> which)
{
    if (gone.TryGetValue(mac, out var entry) && entry.Values.RemoveWhere(which) > 0 && entry.Values.Count == 0)
        gone.Remove(mac);
}

// The commitment of an erased value: an object of nothing but 32 bytes, with its salt gone. Anything beside it would be believed unproved.
static byte[]? Erased(JsonElement value) => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 1
    && value.TryGetProperty("erased", out var text) && text.ValueKind == JsonValueKind.String && text.TryGetBytesFromBase64(out var bytes) && bytes.Length == 32 ? bytes : null;

static string? Text(JsonElement of, string name) =>
    !of.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null : value.ToString();

static byte[] Absent() => [0xFF, 0xFF, 0xFF, 0xFF];

static byte[] Block(object? content)
{
    if (content is null)
        return Absent();
    var bytes = content as byte[] ?? Encoding.UTF8.GetBytes((string)content);
    var length = new byte[4];
    BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
    return [.. length, .. bytes];
}
