/* Runs a fuzz target without a fuzzing engine, over files and over what folders hold:
 *
 *     replay [--damage N] PATH...
 *
 * and, with --damage, over all their truncations and N random changes of each, the same in every
 * run. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PATH = 4096, MAX_CHANGES = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* The target is given a copy of exact size, so that a sanitizer sees any read behind it. A few of
 * its bytes are changed, or bits of them. */
static void run_changed(const uint8_t *data, size_t size, int changes, uint64_t *state)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        fputs("replay: out of memory\n", stderr);
        exit(2);
    }
    memcpy(copy, data, size);
    for (int i = 0; i < changes && size > 0; i++) {
        uint64_t random = next_random(state);
        uint8_t *at = &copy[(random >> 16) % size];
        *at = (uint8_t)(random & 0x100 ? random : *at ^ 1u << (random & 7));
    }
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_damaged(const uint8_t *data, size_t size, long damage)
{
    uint64_t state = 1;
    for (size_t kept = 0; kept < size; kept++) {
        run_changed(data, kept, 0, &state);
    }
    for (long i = 0; i < damage; i++) {
        run_changed(data, size, 1 + (int)(i % MAX_CHANGES), &state);
    }
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    long end = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        end = ftell(file);
    }
    uint8_t *data = end >= 0 ? malloc((size_t)end + (end == 0)) : NULL;
    if (data == NULL || fseek(file, 0, SEEK_SET) != 0 ||
        fread(data, 1, (size_t)end, file) != (size_t)end) {
        perror(path);
        exit(2);
    }
    fclose(file);
    *size = (size_t)end;
    return data;
}

static int run_file(const char *path, long damage)
{
    size_t size;
    uint8_t *data = read_file(path, &size);
    LLVMFuzzerTestOneInput(data, size);
    if (damage > 0) {
        run_damaged(data, size, damage);
    }
    free(data);
    return 1;
}

/* Returns how many files there were. */
static int run_path(const char *path, long damage)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return run_file(path, damage);
    }
    int files = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[MAX_PATH];
        int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && length > 0 && length < MAX_PATH) {
            files += run_file(name, damage);
        }
    }
    closedir(folder);
    return files;
}

int main(int argc, char **argv)
{
    long damage = 0;
    int first = 1, files = 0;
    if (argc > 2 && strcmp(argv[1], "--damage") == 0) {
        damage = strtol(argv[2], NULL, 10);
        first = 3;
    }
    for (int i = first; i < argc; i++) {
        files += run_path(argv[i], damage);
    }
    printf("%d files, %ld changes of each\n", files, damage);
    return files > 0 ? 0 : 2;
}
